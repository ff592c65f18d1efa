import PageTables

/// Reads the areas of a process once the layout of their structures is known.
struct AreaReader {
  let memory: KernelMemory
  let pointers: KernelPointers
  let layout: StructureLayout
  let pageSizeBits: UInt64
  private let paths: FilePaths

  init(memory: KernelMemory, pointers: KernelPointers, layout: StructureLayout, pageSizeBits: UInt8) {
    self.pageSizeBits = UInt64(pageSizeBits)
    self.memory = memory
    self.pointers = pointers
    self.layout = layout
    paths = FilePaths(memory: memory, pointers: pointers, layout: layout)
  }

  private var word: Int { pointers.wordByteCount }

  private func load(_ place: PhysicalAddress, _ member: String) -> UInt64? {
    layout[member].flatMap { memory.word(at: place.offset(by: $0), byteCount: word) }
  }

  /// The areas that hang in the `mm_struct` at `descriptor`.
  func areas(of descriptor: PhysicalAddress) -> AreaList {
    if let treeAt = layout["mm_struct.mm_mt"], let rootAt = layout["maple_tree.ma_root"] {
      guard let root = memory.word(at: descriptor.offset(by: treeAt + rootAt), byteCount: word) else {
        return AreaList(areas: [], gaps: ["its tree of areas cannot be read"])
      }
      return areas(inMapleTree: root)
    }
    if layout["mm_struct.mmap"] != nil { return areas(inListOf: descriptor) }
    return AreaList(areas: [], gaps: ["where areas hang in this kernel's mm_struct is not known"])
  }

  private func areas(inMapleTree root: UInt64) -> AreaList {
    let contents = MapleTree(memory: memory, pointers: pointers).contents(below: root)
    var list = AreaList(areas: [], gaps: [])
    for range in contents.missing {
      list.gaps.append(
        "a node for \(hexadecimal(range.lowerBound))-\(hexadecimal(range.upperBound)) cannot be read")
    }
    var paths: [UInt64: String] = [:]
    for entry in contents.entries {
      var area = Area(first: VirtualAddress(entry.first), last: VirtualAddress(entry.last))
      if let place = pointers.physical(of: entry.pointer, in: memory) {
        read(place, into: &area, paths: &paths)
        check(place, area, &list)
      } else {
        list.gaps.append("the area at \(hexadecimal(entry.first)) is known by its range only")
      }
      list.areas.append(area)
    }
    return list
  }

  /// The tree and the area itself should say the same.
  private func check(_ place: PhysicalAddress, _ area: Area, _ list: inout AreaList) {
    guard let first = load(place, "vm_area_struct.vm_start"), let end = load(place, "vm_area_struct.vm_end"),
      first != area.first.rawValue || end &- 1 != area.last.rawValue
    else { return }
    list.gaps.append(
      "the area at \(hexadecimal(area.first.rawValue)) itself says "
        + "\(hexadecimal(first))-\(hexadecimal(end &- 1)): it was being changed, or is not one")
  }

  private func areas(inListOf descriptor: PhysicalAddress) -> AreaList {
    guard let next = layout["vm_area_struct.vm_next"], let first = load(descriptor, "mm_struct.mmap") else {
      return AreaList(areas: [], gaps: ["its list of areas cannot be read"])
    }
    let tree = AreaTree(
      memory: memory, pointers: pointers, next: next, node: layout["vm_area_struct.vm_rb"])
    let found = tree.areas(first: first, root: load(descriptor, "mm_struct.mm_rb"))
    var list = AreaList(areas: [], gaps: [])
    if found.brokenLinks > 0 {
      list.gaps.append("\(found.brokenLinks) links to areas lead to memory that cannot be read")
    }
    var paths: [UInt64: String] = [:]
    for place in found.places {
      guard let first = load(place, "vm_area_struct.vm_start"),
        let end = load(place, "vm_area_struct.vm_end"), first < end
      else {
        list.gaps.append("the area at physical \(hexadecimal(place.rawValue)) cannot be read")
        continue
      }
      var area = Area(first: VirtualAddress(first), last: VirtualAddress(end - 1))
      read(place, into: &area, paths: &paths)
      list.areas.append(area)
    }
    list.areas.sort { $0.first < $1.first }
    return list
  }

  private func read(_ place: PhysicalAddress, into area: inout Area, paths known: inout [UInt64: String]) {
    area.flags = load(place, "vm_area_struct.vm_flags")
    guard let file = load(place, "vm_area_struct.vm_file") else { return }
    area.hasFile = file != 0
    guard file != 0 else { return }
    // Linux counts vm_pgoff in pages of the processor's smallest size.
    area.fileOffset = load(place, "vm_area_struct.vm_pgoff").map { $0 << pageSizeBits }
    if known[file] == nil { known[file] = paths.path(of: file) ?? "" }
    area.path = known[file].flatMap { $0.isEmpty ? nil : $0 }
  }
}
