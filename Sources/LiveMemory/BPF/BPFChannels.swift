import PageTables
import Synchronization

/// Loaded programs, one for each thread that reads at the moment.
final class BPFChannels: Sendable {
  private let idle: Mutex<[BPFChannel]>
  /// How the kernel runs them.
  let kind: String

  /// Loads the first one, and thereby finds out whether it can be done.
  init() throws(RungRefusal) {
    let first = try BPFChannel()
    kind = first.kind
    idle = Mutex([first])
  }

  /// Has `body` use one that nobody else uses; a new one is loaded if all are in use.
  func use<Answer>(_ body: (BPFChannel) throws(MemoryFault) -> Answer) throws(MemoryFault) -> Answer {
    let channel: BPFChannel
    if let free = idle.withLock({ $0.popLast() }) {
      channel = free
    } else {
      do throws(RungRefusal) { channel = try BPFChannel() } catch { throw .unreadable }
    }
    defer { idle.withLock { $0.append(channel) } }
    return try body(channel)
  }

  func withBytes<Answer>(
    atKernelAddress address: UInt64, count: Int, _ body: (RawSpan) -> Answer
  ) throws(MemoryFault) -> Answer {
    try use { channel throws(MemoryFault) in
      try channel.withBytes(atKernelAddress: address, count: count, body)
    }
  }

  /// The word of eight bytes at a kernel address.
  func word(atKernelAddress address: UInt64) -> UInt64? {
    try? withBytes(atKernelAddress: address, count: 8) { bytes in
      bytes.entry(atByteOffset: 0, byteCount: 8, order: .little)
    }
  }
}
