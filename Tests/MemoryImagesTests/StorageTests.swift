import ImageWriters
import PageTables
import Testing

@testable import MemoryImages

@Suite("Claims on an address space")
struct ClaimTests {
  @Test("settling agrees with asking every address for its winner", arguments: 0..<200 as Range<UInt64>)
  func law(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    // Near the top, so that the last address is among them.
    let base = seed % 2 == 0 ? 0 : UInt64.max - 63
    let claims = (0..<Int.random(in: 0...12, using: &generator)).map { index in
      let start = UInt64.random(in: 0..<64, using: &generator)
      let last = UInt64.random(in: start..<64, using: &generator)
      return Claim(
        start: base + start, last: base + last, priority: .random(in: 0..<4, using: &generator),
        payload: index)
    }
    let settled = Claim.settle(claims)
    #expect(settled.count < max(1, 2 * claims.count))
    for (left, right) in zip(settled, settled.dropFirst()) { #expect(left.last < right.start) }
    for offset in 0..<UInt64(64) {
      let address = base + offset
      let expected = claims.filter { $0.start <= address && address <= $0.last }
        .max { ($0.priority, -$0.payload) < ($1.priority, -$1.payload) }
      let found = settled.first { $0.start <= address && address <= $0.last }
      #expect(found?.payload == expected?.payload)
    }
  }
}

@Suite("Mapped memory")
struct MappedMemoryTests {
  @Test(
    "a lookup agrees with asking every segment, wherever the segments are",
    arguments: 0..<100 as Range<UInt64>)
  func law(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let bytes = pattern(seed, count: 65_536)
    let contents = try FileContents(ByteStore(copying: bytes, path: "test"))
    var builder = SegmentBuilder()
    // Some images are dense, some have a segment far away from the others.
    let spread: UInt64 = [1 << 14, 1 << 20, 1 << 63][Int(seed % 3)]
    var parts: [(range: ClosedRange<UInt64>, offset: UInt64, state: ImageRange.State)] = []
    for _ in 0..<Int.random(in: 1...60, using: &generator) {
      let start = UInt64.random(in: 0..<spread, using: &generator)
      let range = start...(start + .random(in: 0..<3000, using: &generator))
      if UInt8.random(in: 0..<4, using: &generator) == 0 {
        let state: ImageRange.State = [.excluded, .zero, .truncated][Int(start % 3)]
        builder.add(range, state)
        parts.append((range, 0, state))
      } else {
        let offset = UInt64.random(in: 0..<62_000, using: &generator)
        try builder.add(range, in: contents, at: offset)
        parts.append((range, offset, .present))
      }
    }
    let memory = builder.build([contents.store])
    func expected(_ address: UInt64) -> Answer {
      let here = parts.filter { $0.range.contains(address) }
      if let part = here.first(where: { $0.state == .present }) {
        return .success([bytes[Int(part.offset + address - part.range.lowerBound)]])
      }
      if here.contains(where: { $0.state == .zero }) { return .success([0]) }
      if here.contains(where: { $0.state == .truncated }) { return .failure(.truncated) }
      return .failure(here.isEmpty ? .outsideRAM : .excluded)
    }
    for part in parts {
      let ends = [part.range.lowerBound, part.range.upperBound]
      for address in ends.flatMap({ [$0, $0 &+ 1, $0 &- 1, $0 &+ 1500] }) {
        #expect(read(memory, address, 1) == expected(address))
        // A longer request is the bytes of its addresses, or the fault of one of them.
        let each = (0..<16).map { expected(address &+ $0) }
        var joined: [UInt8]? = []
        for case let answer in each {
          if case .success(let byte) = answer { joined?.append(byte[0]) } else { joined = nil }
        }
        switch read(memory, address, 16) {
        case .success(let found): #expect(found == joined)
        case .failure(let fault): #expect(joined == nil && each.contains(.failure(fault)))
        }
        // An entry is the same bytes as a number, and nil is any fault.
        for (size, order) in [(8, ByteOrder.little), (8, .big), (4, .little), (4, .big)] {
          var number: UInt64?
          if case .success(let found) = read(memory, address, size) {
            number = (order == .little ? found.reversed() : found).reduce(0) { $0 << 8 | UInt64($1) }
          }
          #expect(memory.entry(at: PhysicalAddress(address), byteCount: size, order: order) == number)
        }
        for size in [-1, 0, 1, 3, 16] {
          #expect(memory.entry(at: PhysicalAddress(address), byteCount: size, order: .little) == nil)
        }
        memory.prefetch(at: PhysicalAddress(address), count: 64)
      }
    }
    // The ranges say the same.
    let ranges = Array(ImageRanges(layout: memory))
    for (left, right) in zip(ranges, ranges.dropFirst()) {
      #expect(left.last < right.start)
      #expect(left.last.rawValue + 1 < right.start.rawValue || left.state != right.state)
    }
    for part in parts {
      let range = ImageRanges(layout: memory).range(from: PhysicalAddress(part.range.lowerBound))
      #expect(range?.start.rawValue == part.range.lowerBound)
    }
  }

  @Test("a request larger than the limit is refused before anything is allocated")
  func limit() throws {
    var builder = SegmentBuilder()
    builder.add(0...(1 << 62), .zero)
    let memory = builder.build([])
    #expect(read(memory, 0, MappedMemory.assemblyLimitBytes + 1) == .failure(.unreadable))
    #expect(read(memory, 5, 3) == .success([0, 0, 0]))
  }
}

@Suite("Page cache")
struct PageCacheTests {
  private func page(_ number: UInt64) -> StoredPage {
    StoredPage(part: 0, offset: number, storedBytes: 1, sizeBytes: 16, encoding: 0)
  }

  private func decode(_ page: StoredPage) throws(MemoryFault) -> CachedPage {
    try CachedPage(sizeBytes: 16) { output in
      for index in 0..<16 { output.bytes[index] = UInt8(truncatingIfNeeded: page.offset) }
      return true
    }
  }

  @Test("never more pages are kept than the limit allows", arguments: [0, 1, 16, 100, 1600, 16_000])
  func bounded(limitBytes: Int) throws {
    let cache = PageCache(limitBytes: limitBytes, pageBytes: 16)
    for number in 0..<UInt64(2000) {
      let found = try cache.page(for: page(number * 7), decode: decode)
      #expect(found.bytes[15] == UInt8(truncatingIfNeeded: number * 7))
      #expect(cache.pageCount <= max(1, limitBytes / 16))
    }
  }

  @Test("a page that is used again is not decoded again")
  func hits() throws {
    let cache = PageCache(limitBytes: 16 * 64, pageBytes: 16)
    var decoded = 0
    for _ in 0..<10 {
      for number in 0..<UInt64(3) {
        _ = try cache.page(for: page(number)) { key throws(MemoryFault) in
          decoded += 1
          return try decode(key)
        }
      }
    }
    #expect(decoded == 3)
  }

  @Test("a page that does not decode is not kept")
  func failures() {
    let cache = PageCache(limitBytes: 1600, pageBytes: 16)
    #expect(throws: MemoryFault.corrupt) {
      try cache.page(for: page(1)) { _ throws(MemoryFault) in throw .corrupt }
    }
    #expect(cache.pageCount == 0)
  }

  @Test("many threads read the same compressed image through a cache of a few pages")
  func threads() async throws {
    var writer = KdumpWriter()
    for frame in 0..<UInt64(64) { writer.frames[frame] = .page(pattern(frame), .zlib) }
    var options = ImageOptions()
    options.cacheLimitBytes = 5 * 4096
    let image = try MemoryImage.open(bytes: writer.bytes(), options: options)
    let wrong = await withTaskGroup(of: Int.self) { group in
      for task in 0..<UInt64(8) {
        group.addTask {
          var generator = SeededGenerator(seed: task)
          var wrong = 0
          for _ in 0..<300 {
            let frame = UInt64.random(in: 0..<63, using: &generator)
            let crossing = read(image, frame << 12 + 2048, 4096)
            let expected = Array(pattern(frame).suffix(2048) + pattern(frame + 1).prefix(2048))
            if crossing != .success(expected) { wrong += 1 }
          }
          return wrong
        }
      }
      return await group.reduce(0, +)
    }
    #expect(wrong == 0)
  }
}
