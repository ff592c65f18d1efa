/// The temporary mappings that are in use.
struct TemporaryMappings: Sendable {
  /// By processor, then place: the frame, or nil. Stacked ones fill it from 0 on.
  var places: [[UInt64?]]
  /// By PID: the stack of a task, and the processor that it stays on while there is one.
  var stacks: [Int: (cpu: Int, frames: [UInt64])] = [:]

  init(cpuCount: Int, slotCount: Int) {
    places = [[UInt64?]](repeating: [UInt64?](repeating: nil, count: slotCount), count: cpuCount)
  }
}
