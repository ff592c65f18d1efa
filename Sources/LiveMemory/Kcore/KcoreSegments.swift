/// Where `/proc/kcore` has RAM: the program headers of its ELF file that have a physical address.
///
/// The kernel writes this file, so it is no hostile input; it is checked all the same, because a process may
/// live in a namespace where something else stands at that path.
struct KcoreSegments: Sendable {
  /// A stretch of RAM, in the file and in the kernel's direct map.
  struct Segment: Hashable, Sendable {
    var physical: ClosedRange<UInt64>
    var fileOffset: UInt64
    var virtual: UInt64
    var distance: UInt64 { virtual &- physical.lowerBound }
  }

  /// Ascending by physical address, disjoint.
  private(set) var ram: [Segment] = []
  /// The kernel's image, where it has a segment of its own: RAM that another segment has, too.
  private(set) var image: ClosedRange<UInt64>?
  /// Virtual minus physical address of the direct map: what most RAM has.
  private(set) var directMapOffset: UInt64?

  /// More program headers than this are no kcore: kernels have some tens.
  static let headerLimit = 1 << 16

  init(
    reading read: (_ offset: UInt64, _ count: Int) throws(SystemFile.Failure) -> [UInt8]
  ) throws(RungRefusal) {
    func bytes(_ offset: UInt64, _ wanted: Int) throws(RungRefusal) -> [UInt8] {
      let found: [UInt8]
      do throws(SystemFile.Failure) { found = try read(offset, wanted) } catch {
        throw RungRefusal(.failed, error.words)
      }
      guard found.count == wanted else {
        throw RungRefusal(.failed, "/proc/kcore ends within its headers, at offset \(offset)")
      }
      return found
    }
    let identity = try bytes(0, 16)
    guard identity.starts(with: [0x7f, 0x45, 0x4c, 0x46]), identity[5] == 1, [1, 2].contains(identity[4])
    else {
      throw RungRefusal(.failed, "/proc/kcore is no little-endian ELF file")
    }
    let is64 = identity[4] == 2
    let header = try bytes(0, is64 ? 64 : 52)
    let table = header.number(at: is64 ? 32 : 28, is64 ? 8 : 4)
    let entryBytes = Int(header.number(at: is64 ? 54 : 42, 2))
    let entryCount = Int(header.number(at: is64 ? 56 : 44, 2))
    guard entryBytes == (is64 ? 56 : 32), entryCount > 0, entryCount < Self.headerLimit, table < 1 << 40
    else {
      throw RungRefusal(
        .failed, "/proc/kcore: \(entryCount) program headers of \(entryBytes) bytes at offset \(table)")
    }
    let all = try bytes(table, entryBytes * entryCount)
    var found: [Segment] = []
    for index in 0..<entryCount {
      let entry = Array(all[(index * entryBytes)..<((index + 1) * entryBytes)])
      if let segment = Self.segment(entry, is64: is64) { found.append(segment) }
    }
    take(found)
  }

  init(_ segments: [Segment]) { take(segments) }

  /// A segment with a physical address (System V ABI, chapter 5); what has none (vmalloc, modules, vmemmap) has
  /// all ones there, or, on old kernels, zero for something that is not at zero.
  private static func segment(_ entry: [UInt8], is64: Bool) -> Segment? {
    let word = is64 ? 8 : 4
    guard entry.number(at: 0, 4) == 1 else { return nil }
    let offset = entry.number(at: is64 ? 8 : 4, word)
    let virtual = entry.number(at: is64 ? 16 : 8, word)
    let physical = entry.number(at: is64 ? 24 : 12, word)
    let size = entry.number(at: is64 ? 40 : 20, word)
    guard size > 0, physical != (is64 ? .max : 0xffff_ffff) else { return nil }
    let (last, overflows) = physical.addingReportingOverflow(size - 1)
    guard !overflows, offset <= UInt64(Int64.max) - min(size, UInt64(Int64.max)) else { return nil }
    return Segment(physical: physical...last, fileOffset: offset, virtual: virtual)
  }

  /// Sorts what is RAM from what is RAM seen twice.
  private mutating func take(_ segments: [Segment]) {
    // The direct map is what most of the bytes agree with.
    var weight: [UInt64: UInt64] = [:]
    for segment in segments {
      weight[segment.distance, default: 0] &+= segment.physical.upperBound - segment.physical.lowerBound + 1
    }
    directMapOffset = weight.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
    let order = segments.sorted { left, right in
      let isDirect = (left.distance == directMapOffset, right.distance == directMapOffset)
      return isDirect.0 != isDirect.1 ? isDirect.0 : left.physical.lowerBound < right.physical.lowerBound
    }
    for segment in order {
      if ram.contains(where: { $0.physical.overlaps(segment.physical) }) {
        if segment.distance != directMapOffset, image == nil { image = segment.physical }
      } else {
        ram.append(segment)
      }
    }
    ram.sort { $0.physical.lowerBound < $1.physical.lowerBound }
  }

  /// Where in the file the bytes from `address` on are; nil if there is no segment with all of them.
  func offset(of address: UInt64, count: Int) -> UInt64? {
    guard count > 0 else { return nil }
    var low = 0
    var high = ram.count
    while low < high {
      let middle = (low + high) / 2
      if ram[middle].physical.upperBound < address { low = middle + 1 } else { high = middle }
    }
    guard low < ram.count, ram[low].physical.contains(address),
      UInt64(count - 1) <= ram[low].physical.upperBound - address
    else { return nil }
    return ram[low].fileOffset + (address - ram[low].physical.lowerBound)
  }
}

extension [UInt8] {
  /// The little-endian number of `count` bytes at `place`, which are inside.
  func number(at place: Int, _ count: Int) -> UInt64 {
    self[place..<(place + count)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
