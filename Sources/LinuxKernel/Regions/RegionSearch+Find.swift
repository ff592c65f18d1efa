import PageTables

extension RegionSearch {
  /// Names what the master maps.
  ///
  /// - Complexity: one enumeration of the master; with owners some reads for each vmalloc area; with
  ///   ``searchesRAM`` one pass over RAM.
  public func find() -> KernelRegionMap {
    let survey = MasterSurvey(self)
    var notes: [String] = []
    if !survey.isComplete { notes.append("partial: not every table of the kernel's half could be read") }
    var regions = RegionList()
    for section in survey.imageSections(self) { regions.add(section) }
    let lowest = (0..<format.regionCount).map(format.region).last?.first.rawValue ?? 0
    let rules = LayoutRules(
      formatName: "\(format.name)", upperFirst: lowest, pageSizeBits: Int(format.pageSizeBits))
    guard let rules else {
      notes.append("no layout is known for the paging format \(format.name); only leaves are told apart")
      return KernelRegionMap(
        regions: regions, areas: RegionList(), mappings: survey.mappings, isComplete: survey.isComplete,
        notes: notes)
    }
    if survey.linear == nil { notes.append("no linear map: nothing of RAM is mapped") }
    let resolver = LayoutResolver(self, survey: survey, rules: rules)
    for rule in rules.rules {
      guard let region = resolver.region(rule) else { continue }
      guard rule.needsMapping else {
        regions.add(region)
        continue
      }
      for piece in regions.free(in: region) {
        if survey.isAnythingMapped(from: piece.first.rawValue, through: piece.last.rawValue) {
          regions.add(piece)
        }
      }
    }
    var areas = RegionList()
    let vmalloc = VmallocSearch(search: self, survey: survey, regions: regions)
    let found = vmalloc.find()
    notes += found.notes
    let modules = ModuleSearch(search: self, survey: survey, regions: regions).find()
    notes += modules.notes
    for module in modules.modules {
      for part in module.parts { areas.add(part.region(of: module)) }
    }
    let ofModules = areas
    for area in found.areas {
      let region = area.region(symbolName: symbolName, regions: regions, modules: ofModules)
      add(region, to: &areas, survey: survey)
    }
    for trampoline in survey.trampolines(in: regions) { areas.add(trampoline) }
    if found.areas.isEmpty, rules.stackBytes > 0 {
      let stacks = survey.probableStacks(leastBytes: rules.stackBytes, in: regions, of: memory)
      for stack in stacks { areas.add(stack) }
    }
    return KernelRegionMap(
      regions: regions, areas: areas, mappings: survey.mappings, isComplete: survey.isComplete, notes: notes)
  }

  /// Adds what `area` has beyond the areas that there are; of an area that a module explains, only what is
  /// mapped.
  private func add(_ area: KernelRegion, to areas: inout RegionList, survey: MasterSurvey) {
    let start = areas.index(notBefore: area.first)
    guard start < areas.count, areas[start].first <= area.last else {
      areas.add(area)
      return
    }
    for piece in areas.free(in: area)
    where survey.isAnythingMapped(from: piece.first.rawValue, through: piece.last.rawValue) {
      areas.add(piece)
    }
  }
}
