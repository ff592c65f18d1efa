import KernelLab
import LinuxKernel
import PageTables

/// What the lab tells of the kernel that runs in it: nothing of it must be found in memory.
struct ToldKernel: Sendable {
  let kernel: LabKernel
  let ram: [RAMRange]
  let image: LabImage

  init(_ image: LabImage) {
    self.image = image
    kernel = LabKernel(image)
    let first = PhysicalAddress(image.profile.ramBase)
    ram = [RAMRange(first: first, last: first.advanced(byBytes: image.profile.ramByteCount - 1))]
  }

  /// The machine, for a person.
  var summary: String { image.profile.summary }

  /// Which CPU has this root loaded.
  func cpu(running root: PageTableRoot) -> Int? {
    image.cpus.first { $0.pid != nil && $0.root.lower == root.lower }?.index
  }

  /// What a CPU has loaded; without a number the first that runs a task, else CPU 0.
  func space(ofCPU number: Int?, in name: String) throws(SourceError) -> AddressSpace {
    let chosen = image.cpus.first { cpu in number.map { cpu.index == $0 } ?? (cpu.pid != nil) }
    guard let cpu = chosen ?? (number == nil ? image.cpus.first : nil) else {
      throw SourceError("\(name) has no CPU \(number ?? 0); it has \(image.cpus.count)")
    }
    let process = image.tasks.first { $0.pid == cpu.pid }
    return AddressSpace(
      format: image.profile.format, root: cpu.root,
      process: process.map { ProcessIdentity(pid: $0.pid, command: $0.command) },
      evidence: "the lab: what CPU \(cpu.index) has loaded")
  }

  /// The layout's regions and vmalloc's areas, and what is mapped of them.
  func regions(in source: Source) -> KernelRegionMap? {
    guard let space = source.kernel else { return nil }
    var map = RegionSearch(space, in: source).find()
    let layout = image.layout
    var regions = RegionList()
    func add(_ name: String, _ range: Range<UInt64>) {
      guard !range.isEmpty else { return }
      regions.add(
        KernelRegion(
          name: name, first: VirtualAddress(range.lowerBound), last: VirtualAddress(range.upperBound &- 1),
          evidence: Evidence(.lab, "the lab's profile \(image.profile.name)")))
    }
    add("linear map", layout.linear)
    if layout.modules != layout.vmalloc { add("modules", layout.modules) }
    add("vmalloc", layout.vmalloc)
    add("pkmap", layout.pkmap)
    add("fixmap", layout.fixmap)
    add("cpu_entry_area", layout.cpuEntryArea)
    add("vectors", layout.vectors)
    let told = Set(regions.regions.map(\.name))
    for region in map.regions.regions where !told.contains(region.name) { regions.add(region) }
    map.regions = regions
    for area in image.vmallocAreas where !area.range.isEmpty {
      map.areas.add(
        KernelRegion(
          name: "vmalloc area", first: VirtualAddress(area.range.lowerBound),
          last: VirtualAddress(area.range.upperBound &- 1), evidence: Evidence(.lab, "the lab"),
          owner: area.owner, detail: "\(area.frames.count) pages"))
    }
    return map
  }
}
