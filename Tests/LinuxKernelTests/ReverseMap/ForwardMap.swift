import LinuxKernel
import PageTables

/// The reverse map's answers, worked out the long way: by looking through every range of every address space.
struct ForwardMap {
  struct Place: Hashable, Comparable, CustomStringConvertible {
    /// Nil for the kernel.
    var pid: Int?
    var virtual: UInt64
    var pageSizeBits: UInt8
    var access: Access

    init(pid: Int?, virtual: UInt64, pageSizeBits: UInt8, access: Access) {
      self.pid = pid
      self.virtual = virtual
      self.pageSizeBits = pageSizeBits
      self.access = access
    }

    init(_ mapping: FrameMapping) {
      self.init(
        pid: mapping.process?.pid, virtual: mapping.virtual.rawValue, pageSizeBits: mapping.pageSizeBits,
        access: mapping.access)
    }

    static func < (left: Place, right: Place) -> Bool {
      (left.pid ?? .max, left.virtual) < (right.pid ?? .max, right.virtual)
    }

    var description: String { "\(pid.map { "\($0)" } ?? "kernel") at \(String(virtual, radix: 16))" }
  }

  /// A mapped range of somebody's.
  struct Stretch {
    var pid: Int?
    var virtual: UInt64
    var physical: UInt64
    var byteCount: UInt64
    var mapping: MappedRange.Mapping
  }

  private(set) var stretches: [Stretch] = []

  init(_ set: PageTableSet, in memory: some PhysicalMemory) {
    let last = set.format.region(set.format.regionCount - 1)
    // Where the halves have roots of their own, the kernel's lower one is nobody's.
    let kernelStart = last.root == .upper ? last.first : VirtualAddress(0)
    var spaces: [(pid: Int?, root: PageTableRoot)] = set.processes.map { ($0.pid, $0.root) }
    if let master = set.master { spaces.append((nil, master)) }
    for (pid, root) in spaces {
      for range in Walker(format: set.format, root: root).ranges(in: memory) {
        guard let mapping = range.mapping, pid != nil || range.first >= kernelStart else { continue }
        stretches.append(
          Stretch(
            pid: pid, virtual: range.first.rawValue, physical: mapping.physical.rawValue,
            byteCount: range.byteCount, mapping: mapping))
      }
    }
  }

  /// Who maps the byte at `physical`: the kernel's once.
  func places(of physical: UInt64) -> [Place] {
    let all = stretches.filter { physical >= $0.physical && physical - $0.physical < $0.byteCount }
      .map { stretch in
        Place(
          pid: stretch.pid, virtual: stretch.virtual + (physical - stretch.physical),
          pageSizeBits: stretch.mapping.pageSizeBits, access: stretch.mapping.access)
      }
    let kernel = Set(all.filter { $0.pid == nil }.map(\.virtual))
    return all.filter { $0.pid == nil || !kernel.contains($0.virtual) }.sorted()
  }
}
