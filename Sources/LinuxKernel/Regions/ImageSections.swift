import PageTables

extension MasterSurvey {
  /// The image by rights: text, read-only data, data. Where the image lies in the linear map, only what is
  /// protected can be told from the memory around it, unless symbols have the image's end.
  func imageSections(_ search: RegionSearch) -> [KernelRegion] {
    guard let image else { return [] }
    let isInLinearMap = linear.map { $0.first <= image.first && image.first <= $0.last } ?? false
    let first = mappings.partitioningIndex { $0.last.rawValue >= image.first }
    let end = mappings.partitioningIndex { $0.first.rawValue > image.last }
    guard first < end else { return [] }
    var sections: [KernelRegion] = []
    for range in mappings[first..<end] {
      guard let access = range.mapping?.access else { continue }
      let name = Self.sectionName(access)
      if let previous = sections.last, previous.name == name,
        previous.last.rawValue &+ 1 == range.first.rawValue
      {
        sections[sections.count - 1].last = range.last
      } else {
        sections.append(
          KernelRegion(name: name, first: range.first, last: range.last, evidence: imageEvidence))
      }
    }
    if isInLinearMap { sections = protectedSections(sections, search) }
    for index in sections.indices where sections[index].name == "kernel text" {
      sections[index].detail = textDetail
    }
    return sections
  }

  /// The text, what is read-only behind it, and data up to the symbol `_end`.
  private func protectedSections(_ sections: [KernelRegion], _ search: RegionSearch) -> [KernelRegion] {
    let start = search.address(ofSymbol: "_stext")?.value
    let texts = sections.indices.filter { sections[$0].name == "kernel text" }
    let text =
      texts.first { index in start.map { sections[index].contains(VirtualAddress($0)) } ?? false }
      ?? texts.max { sections[$0].byteCount < sections[$1].byteCount }
    guard let text else { return [] }
    var result = [sections[text]]
    if text + 1 < sections.count, sections[text + 1].name == "kernel rodata",
      sections[text + 1].first.rawValue == sections[text].last.rawValue &+ 1
    {
      result.append(sections[text + 1])
    }
    let last = result[result.count - 1].last.rawValue
    if let end = search.address(ofSymbol: "_end"), end.value > last &+ 1, end.value <= (linear?.last ?? 0) {
      result.append(
        KernelRegion(
          name: "kernel data", first: VirtualAddress(last &+ 1), last: VirtualAddress(end.value &- 1),
          evidence: end.evidence))
    }
    return result
  }

  private static func sectionName(_ access: Access) -> String {
    if isText(access) { return "kernel text" }
    if !access.contains(.kernelWrite) { return "kernel rodata" }
    return access.contains(.kernelExecute) ? "kernel image, writable and executable" : "kernel data"
  }

  /// What a reader of the text's rights should know.
  private var textDetail: String? {
    format != "x86" ? nil : "with read-only data: this format cannot forbid execution"
  }
}
