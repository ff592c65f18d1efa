public import KernelOracle

/// Compares what is seen of the lab with what was seen of a kernel, operation by operation of a program.
///
/// Compared is what is exact: results, signals, faults, areas, counters, and of every page its bits and which
/// pages are one frame. Frames have other numbers on the two sides, but a frame keeps its number as long as it
/// is in use; and where frames are not seen, nothing is said of them.
public struct StateComparison {
  /// How often the kernel copied a page where the lab reused it, or the reverse, and both are right: a list that
  /// delays changes may have held a reference.
  public private(set) var toleratedCount = 0
  /// How often a page had another frame than before though the operation did not write it: the kernel moves
  /// pages to make room (compaction).
  public private(set) var movedCount = 0
  private let seesFrames: Bool
  /// Pages that were found to be moved in this observation: no page is in two places.
  private var moved: Set<UInt64> = []
  private var kernelFrames: [UInt64: UInt64] = [:]
  private var labFrames: [UInt64: UInt64] = [:]

  public init(_ conditions: Conditions) { seesFrames = conditions.framesVisible }

  /// A program begins.
  public mutating func start() {
    kernelFrames.removeAll(keepingCapacity: true)
    labFrames.removeAll(keepingCapacity: true)
  }

  /// What differs, in words; nil if nothing does.
  public mutating func difference(
    _ kernel: Observation, _ lab: Observation, _ runner: inout LabRunner
  ) -> String? {
    moved.removeAll(keepingCapacity: true)
    if let left = kernel.step?.outcome, let right = lab.step?.outcome, left != right {
      return "result: kernel \(Self.words(left)), lab \(Self.words(right))"
    }
    guard let seen = kernel.processes, let shown = lab.processes else { return nil }
    guard seen.map(\.slot) == shown.map(\.slot) else {
      return "processes: kernel \(seen.map(\.slot)), lab \(shown.map(\.slot))"
    }
    var objects: [UInt64: UInt64] = [:]
    for (left, right) in zip(seen, shown) {
      if left.counters != right.counters {
        return "counters of process \(left.slot): kernel \(left.counters), lab \(right.counters)"
      }
      if let difference = Self.areas(left, right, &objects) { return difference }
      if let difference = pages(left, right, kernel.step?.operation, &runner) { return difference }
    }
    return nil
  }

  private static func words(_ outcome: Outcome) -> String {
    var text = "\(outcome.value), \(outcome.minorFaults) minor and \(outcome.majorFaults) major faults"
    if let signals = outcome.signals {
      text +=
        ", signal \(signals.number) code \(signals.code) at \(hex(signals.address)), \(signals.count) in all"
      text += " of pages \(hex(signals.faultedPages))"
    }
    return text
  }

  private static func hex(_ value: UInt64) -> String { String(value, radix: 16) }

  // MARK: Areas

  private static func areas(
    _ kernel: ProcessState, _ lab: ProcessState, _ objects: inout [UInt64: UInt64]
  ) -> String? {
    func isSame(_ left: ObservedArea, _ right: ObservedArea) -> Bool {
      guard case .sharedAnonymous(let one) = left.object, case .sharedAnonymous(let other) = right.object
      else {
        return left == right
      }
      // Which object it is, is known by which other areas have it too.
      if let known = objects[one] { guard known == other else { return false } }
      objects[one] = other
      var renamed = right
      renamed.object = left.object
      return renamed == left
    }
    let count = max(kernel.areas.count, lab.areas.count)
    for index in 0..<count {
      let left = index < kernel.areas.count ? kernel.areas[index] : nil
      let right = index < lab.areas.count ? lab.areas[index] : nil
      if let left, let right, isSame(left, right) { continue }
      return "areas of process \(kernel.slot): kernel \(words(left)), lab \(words(right))"
    }
    return nil
  }

  private static func words(_ area: ObservedArea?) -> String {
    guard let area else { return "no more" }
    return "\(hex(area.start))-\(hex(area.end)) \(area.protection.text)\(area.isShared ? "s" : "p") "
      + "at \(hex(area.offsetBytes)) of \(area.object)"
  }

  // MARK: Pages

  private mutating func pages(
    _ kernel: ProcessState, _ lab: ProcessState, _ operation: MemoryOperation?, _ runner: inout LabRunner
  ) -> String? {
    var place = 0
    while place < kernel.pages.count || place < lab.pages.count {
      guard place < kernel.pages.count, place < lab.pages.count,
        kernel.pages[place].number == lab.pages[place].number
      else {
        let left = place < kernel.pages.count ? kernel.pages[place].number : .max
        let right = place < lab.pages.count ? lab.pages[place].number : .max
        let side = left < right ? "the kernel only" : "the lab only"
        return "pages of process \(kernel.slot): \(Self.hex(min(left, right))) is with \(side)"
      }
      let left = kernel.pages[place].entry
      let right = lab.pages[place].entry
      let frames: UInt64 = 1 << 55 - 1
      if left.rawValue & ~frames != right.rawValue & ~frames {
        return "page \(Self.hex(kernel.pages[place].number)) of process \(kernel.slot): kernel "
          + "\(Self.hex(left.rawValue)), lab \(Self.hex(right.rawValue & ~frames))"
      }
      if seesFrames {
        let page = kernel.pages[place].number
        let isWritten = operation.map { Self.mayWrite($0, page: page, of: kernel.slot) } ?? true
        if let difference = frame(left.rawValue & frames, right.rawValue & frames, isWritten, &runner) {
          return "page \(Self.hex(kernel.pages[place].number)) of process \(kernel.slot): \(difference)"
        }
      }
      place += 1
    }
    return nil
  }

  /// Whether a kernel's frame and a lab's can be the same.
  private mutating func frame(
    _ kernel: UInt64, _ lab: UInt64, _ isWritten: Bool, _ runner: inout LabRunner
  ) -> String? {
    if kernelFrames[lab] == kernel, labFrames[kernel] == lab { return nil }
    if let known = kernelFrames[lab], known != kernel {
      if isWritten {
        guard runner.takeDoubt(about: lab) else {
          return "the frame was \(Self.hex(known)), and is \(Self.hex(kernel))"
        }
        toleratedCount += 1
      } else {
        guard moved.insert(lab).inserted else {
          return "the frames \(Self.hex(known)) and \(Self.hex(kernel)) are one in the lab"
        }
        movedCount += 1
      }
      if labFrames[known] == lab { labFrames[known] = nil }
    }
    if let other = labFrames[kernel], other != lab, runner.isAlive(other), kernelFrames[other] == kernel {
      return "the frame \(Self.hex(kernel)) is another page's"
    }
    kernelFrames[lab] = kernel
    labFrames[kernel] = lab
    return nil
  }

  /// Whether an operation may write a page, so that the page's frame may become another.
  private static func mayWrite(_ operation: MemoryOperation, page: UInt64, of slot: Int) -> Bool {
    switch operation.action {
    case .touch(let access, let address, let pages):
      access == .write && slot == operation.slot && page &- address >> 12 < UInt64(pages)
    case .map, .protect, .advise, .lock, .lockWithFlags, .unlock: slot == operation.slot
    default: false
    }
  }
}
