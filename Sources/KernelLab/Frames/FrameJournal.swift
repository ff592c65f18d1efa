/// Which frames came into use and went out of it while somebody watches; otherwise it costs one test.
public struct FrameJournal: Sendable {
  private(set) var isOn = false
  private var changes: [MachineChanges.Frame] = []

  mutating func start() {
    isOn = true
    changes.removeAll()
  }

  /// Stops watching.
  mutating func stop() -> [MachineChanges.Frame] {
    isOn = false
    return changes
  }

  @inline(never)
  mutating func note(_ frame: UInt64, order: Int, kind: FrameDescriptor.Kind, isAllocated: Bool) {
    changes.append(.init(frame: frame, count: 1 << order, kind: kind, isAllocated: isAllocated))
  }
}
