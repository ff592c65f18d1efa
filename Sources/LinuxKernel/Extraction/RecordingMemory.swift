public import PageTables
import Synchronization

/// Physical memory that notes which pages were read through it. Any number of threads may read at once.
///
/// Only what could be read is noted; a request that fails in its last byte notes nothing.
public final class RecordingMemory: PhysicalMemory, Sendable {
  private let base: any PhysicalMemory & Sendable
  private let read = Mutex(PageSet())

  public init(_ base: any PhysicalMemory & Sendable) { self.base = base }

  /// The pages that were read so far.
  public var pages: PageSet { read.withLock { $0 } }

  public func withBytes<Answer>(
    at address: PhysicalAddress, count: Int, _ body: (RawSpan) -> Answer
  ) throws(MemoryFault) -> Answer {
    let answer = try base.withBytes(at: address, count: count, body)
    read.withLock { $0.insert(address, byteCount: count) }
    return answer
  }
}
