import PageTables
import Synchronization

/// RAM through the debugger stub of a machine that stands still. Pages are kept, up to a limit: they do not change.
final class StubReader: PieceReader {
  private static let pageBytes = 4096
  private static let cacheLimitPages = 1 << 14

  private let stub: DebuggerStub
  private let pages = Mutex<[UInt64: [UInt8]]>([:])

  init(_ stub: DebuggerStub) { self.stub = stub }

  func read(at position: UInt64, into buffer: inout [UInt8], range: Range<Int>) throws(MemoryFault) {
    // A scan over all RAM would only push out what is asked for again.
    if range.count > 16 * Self.pageBytes {
      buffer.replaceSubrange(range, with: try fetch(position, range.count))
      return
    }
    var done = range.lowerBound
    while done < range.upperBound {
      let place = position &+ UInt64(done - range.lowerBound)
      let first = place & ~UInt64(Self.pageBytes - 1)
      let page = try page(at: first)
      let offset = Int(place - first)
      let count = min(Self.pageBytes - offset, range.upperBound - done)
      buffer.replaceSubrange(done..<(done + count), with: page[offset..<(offset + count)])
      done += count
    }
  }

  private func page(at address: UInt64) throws(MemoryFault) -> [UInt8] {
    if let page = pages.withLock({ $0[address] }) { return page }
    let page = try fetch(address, Self.pageBytes)
    pages.withLock { pages in
      if pages.count >= Self.cacheLimitPages { pages.removeAll(keepingCapacity: true) }
      pages[address] = page
    }
    return page
  }

  private func fetch(_ address: UInt64, _ count: Int) throws(MemoryFault) -> [UInt8] {
    do throws(VirtualMachineError) {
      return try stub.memory(at: address, count: count)
    } catch {
      throw .unreadable
    }
  }
}
