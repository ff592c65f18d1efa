/// Walks the page tables of one address space, in any physical memory.
///
/// Three altitudes: ``step(_:in:)`` does one level and shows its state, ``translate(_:in:)`` takes one
/// address to its answer and keeps the path, ``enumerate(from:through:in:tableLimit:visitor:)`` visits
/// ranges of the space. For many addresses at once there is ``lookup(_:in:answers:)``.
///
/// ```swift
/// let walker = Walker(format: PagingFormat.x86_64, root: PageTableRoot(PhysicalAddress(0x1000)))
/// let answer = walker.translate(VirtualAddress(0x7f00_0000_0000), in: image)
/// ```
///
/// A walker holds no memory and changes none: the same one serves an image, a virtual machine and, compiled
/// as Embedded Swift, the kernel.
@frozen
public struct Walker<Format: WalkFormat>: Sendable {
  public let format: Format
  public let root: PageTableRoot

  @inlinable public init(format: Format, root: PageTableRoot) {
    self.format = format
    self.root = root
  }
}

extension Walker {
  /// Starts a walk for `address`, or gives nil if the address is not canonical.
  public func begin(_ address: VirtualAddress) -> Walk? {
    guard let region = format.region(of: address) else { return nil }
    return Walk(
      address: address, depth: Int(region.firstDepth), table: root[region.root],
      indexBits: region.firstIndexBits, effectiveAccess: .all)
  }

  /// Reads the next level's entry, and moves `walk` on to the table that it names, if it names one.
  public func step(_ walk: inout Walk, in memory: borrowing some PhysicalMemory & ~Copyable) -> Step {
    let geometry = format.geometry(walk.depth)
    let index = (walk.address.rawValue &>> UInt64(geometry.shift)) & ((1 &<< UInt64(walk.indexBits)) &- 1)
    let entryAddress = walk.table.advanced(byBytes: index &<< UInt64(geometry.entrySizeBits))
    var step = Step(
      depth: walk.depth, index: index, table: walk.table, entryAddress: entryAddress, entry: 0,
      ruleIndex: 255, outcome: .stopped(.unreadable(.unreadable)), access: .none, effectiveAccess: .none)
    do throws(MemoryFault) {
      step.entry = try entry(at: entryAddress, byteCount: 1 &<< Int(geometry.entrySizeBits), in: memory)
    } catch {
      step.outcome = .stopped(.unreadable(error))
      return step
    }
    let (ruleIndex, rule) = format.rule(for: step.entry, depth: walk.depth)
    step.ruleIndex = ruleIndex
    step.outcome = format.meaning(of: step.entry, rule: rule, address: walk.address, depth: walk.depth)
    if rule.kind == .table || rule.kind == .leaf {
      step.access = format.access(of: step.entry, by: rule)
      walk.effectiveAccess = walk.effectiveAccess.intersection(step.access)
      step.effectiveAccess =
        rule.kind == .leaf ? format.narrowed(walk.effectiveAccess) : walk.effectiveAccess
    }
    if case .table(let next) = step.outcome {
      walk.depth &+= 1
      walk.table = next
      walk.indexBits = format.geometry(walk.depth).indexBits
    }
    return step
  }

  /// Takes `address` to its answer, keeping every level on the way.
  ///
  /// - Complexity: one entry is read a level.
  public func translate(
    _ address: VirtualAddress, in memory: borrowing some PhysicalMemory & ~Copyable
  ) -> Translation {
    var steps = FixedList<6, Step>()
    guard var walk = begin(address) else {
      return Translation(address: address, steps: steps, outcome: .stopped(.nonCanonical))
    }
    while true {
      let step = step(&walk, in: memory)
      steps.append(step)
      switch step.outcome {
      case .table: continue
      case .leaf(let physical, let sizeBits):
        return Translation(
          address: address, steps: steps,
          outcome: .mapped(
            .init(physical: physical, pageSizeBits: sizeBits, access: step.effectiveAccess)))
      case .stopped(let reason):
        return Translation(address: address, steps: steps, outcome: .stopped(reason))
      }
    }
  }

  /// Reads one entry.
  @inlinable @inline(__always)
  func entry(
    at address: PhysicalAddress, byteCount: Int, in memory: borrowing some PhysicalMemory & ~Copyable
  ) throws(MemoryFault) -> UInt64 {
    let order = format.byteOrder
    let entry = try memory.withBytes(at: address, count: byteCount) { bytes in
      bytes.entry(atByteOffset: 0, byteCount: byteCount, order: order)
    }
    guard let entry else { throw .unreadable }
    return entry
  }
}
