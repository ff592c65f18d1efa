import PageTableEditing
import PageTables
import Testing

@testable import LinuxKernel

@Suite("A range of tables watched")
struct SpaceWatchTests {
  private static let data: Access = [.kernelRead, .kernelWrite, .userRead, .userWrite]
  private static let reading: Access = [.kernelRead, .userRead]
  private static let first: UInt64 = 0x80_0000

  private func watch(_ system: SmallSystem, bytes: UInt64 = 4 << 20) throws -> SpaceWatch {
    try #require(
      SpaceWatch(
        system.first.walker, from: VirtualAddress(Self.first),
        through: VirtualAddress(Self.first + bytes - 1),
        in: system))
  }

  private func words(_ changes: [SpaceChange]?) -> [String] {
    (changes ?? []).map { change in
      guard change.table == nil else { return change.kind.rawValue }
      return "\(change.kind.rawValue) \((change.first.rawValue - Self.first) >> 12)"
        + (change.first.rawValue | 0xfff == change.last.rawValue
          ? "" : "-\((change.last.rawValue - Self.first) >> 12)")
    }
  }

  @Test("each change is told once, as what it is")
  func kinds() throws {
    let system = try SmallSystem()
    var watch = try watch(system)
    #expect(watch.mappedByteCount == 0)
    #expect(words(watch.look(in: system)) == [])

    try system.mapRange(
      system.first, Self.first, to: 0x340_0000, byteCount: 0x3000, Self.reading, largest: 12)
    #expect(words(watch.look(in: system)) == ["table-added", "mapped 0-2"])
    #expect(watch.mappedByteCount == 0x3000)
    try system.remap(system.first, Self.first + 0x1000, to: 0x350_0000, byteCount: 0x1000, Self.data)
    #expect(words(watch.look(in: system)) == ["copied 1"])
    try system.remap(system.first, Self.first + 0x1000, to: 0x350_0000, byteCount: 0x1000, Self.reading)
    #expect(words(watch.look(in: system)) == ["protected 1"])
    try system.remap(system.first, Self.first + 0x1000, to: 0x360_0000, byteCount: 0x1000, Self.reading)
    #expect(words(watch.look(in: system)) == ["moved 1"])

    let place = system.entryAddress(system.first, Self.first + 0x1000, depth: 3)
    let present = try system.memory.load(byteCount: 8, order: .little, at: place)
    let states: [(NotPresentState, [String], [String])] = [
      (NotPresentState(.swap, offset: 5), ["swapped-out 1"], ["swapped-in 1"]),
      (NotPresentState(.protectionNone, offset: 0x3600), ["unmapped 1"], ["mapped 1"]),
    ]
    for (state, out, back) in states {
      let entry = try #require(system.format.paging.notPresent.entry(for: state), "\(state)")
      try system.store(entry, at: place)
      #expect(words(watch.look(in: system)) == out)
      try system.store(present, at: place)
      #expect(words(watch.look(in: system)) == back)
    }

    try system.unmap(system.first, Self.first, byteCount: 0x3000)
    #expect(words(watch.look(in: system)).contains("unmapped 0-2"))
  }

  @Test("small pages made one large page, and back")
  func sizes() throws {
    let system = try SmallSystem()
    try system.mapRange(
      system.first, Self.first, to: 0x380_0000, byteCount: 2 << 20, Self.data, largest: 12)
    var watch = try watch(system)
    let place = system.entryAddress(system.first, Self.first, depth: 2)
    let table = try system.memory.load(byteCount: 8, order: .little, at: place)
    // Present, writable, user, accessed, dirty, large.
    try system.store(0x380_0000 | 0xe7, at: place)
    #expect(words(watch.look(in: system)) == ["table-removed", "huge 0-511"])
    try system.store(table, at: place)
    #expect(words(watch.look(in: system)) == ["table-added", "split 0-511"])
  }

  @Test("accessed and dirty bits are no change")
  func volatileBits() throws {
    let system = try SmallSystem()
    try system.mapRange(
      system.first, Self.first, to: 0x340_0000, byteCount: 0x1000, Self.data, largest: 12)
    var watch = try watch(system)
    let place = system.entryAddress(system.first, Self.first, depth: 3)
    let entry = try system.memory.load(byteCount: 8, order: .little, at: place)
    try system.store(entry ^ 0x60, at: place)
    #expect(words(watch.look(in: system)) == [])
  }

  @Test("what reads differently each time is not told of until it settles; the rest is")
  func flicker() throws {
    let system = try SmallSystem()
    try system.mapRange(
      system.first, Self.first, to: 0x340_0000, byteCount: 0x4000, Self.reading, largest: 12)
    var watch = try watch(system)
    let place = system.entryAddress(system.first, Self.first + 0x2000, depth: 3)
    let entry = try system.memory.load(byteCount: 8, order: .little, at: place)
    let flickering = FlickeringMemory(
      system, at: place, entries: [entry ^ 0x10_0000, entry, entry ^ 0x20_0000])
    try system.remap(system.first, Self.first, to: 0x350_0000, byteCount: 0x1000, Self.data)
    #expect(words(watch.look(in: flickering)) == ["copied 0"])
    #expect(words(watch.look(in: flickering)) == [])
    try system.store(entry ^ 0x10_0000, at: place)
    #expect(words(watch.look(in: system)) == ["moved 2"])
  }

  @Test("a range that holds more than is kept cannot be watched")
  func limit() throws {
    let system = try SmallSystem()
    // Few tables that serve every address.
    let frame: UInt64 = 0x3a0_0000
    for index in UInt64(0)..<512 {
      try system.store((frame + 0x1000) | 0x67, at: PhysicalAddress(frame + index * 8))
      try system.store((frame + 0x2000) | 0x67, at: PhysicalAddress(frame + 0x1000 + index * 8))
      try system.store((index * 7 & 0xff) << 12 | 0x67, at: PhysicalAddress(frame + 0x2000 + index * 8))
    }
    for index in UInt64(0)..<256 {
      try system.store(frame | 0x67, at: system.first.root.lower.advanced(byBytes: 8 * index))
    }
    #expect(
      SpaceWatch(
        system.first.walker, from: VirtualAddress(0), through: VirtualAddress((1 << 47) - 1), in: system)
        == nil)
  }
}

/// Memory in which one entry reads differently each time.
private final class FlickeringMemory: PhysicalMemory, @unchecked Sendable {
  private let system: SmallSystem
  private let place: PhysicalAddress
  private let entries: [UInt64]
  private var readCount = 0

  init(_ system: SmallSystem, at place: PhysicalAddress, entries: [UInt64]) {
    self.system = system
    self.place = place
    self.entries = entries
  }

  func withBytes<Answer>(
    at address: PhysicalAddress, count: Int, _ body: (RawSpan) -> Answer
  ) throws(MemoryFault) -> Answer {
    let offset = place.rawValue &- address.rawValue
    guard count >= 8, offset <= UInt64(count - 8) else {
      return try system.withBytes(at: address, count: count, body)
    }
    var bytes = try system.withBytes(at: address, count: count) { span in span.withUnsafeBytes { Array($0) } }
    for index in 0..<8 {
      bytes[Int(offset) + index] = UInt8(
        truncatingIfNeeded: entries[readCount % entries.count] >> UInt64(8 * index))
    }
    readCount += 1
    return body(bytes.span.bytes)
  }
}
