import LinuxKernel
import MemoryImages
import PageTables
import Testing

/// The kernel's regions by name, on real kernels, against what the kernels said of themselves.
@Suite(.enabled(if: !Guest.built.isEmpty || Guest.isRequired, "no guest is built; run scripts/guests build"))
struct RegionTests {
  /// What a search is given.
  enum Knowledge: String, Sendable, CaseIterable {
    case tables, vmcoreinfo, symbols
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var guest: Guest
    var knowledge: Knowledge
    var testDescription: String { "\(guest.name), \(knowledge.rawValue)" }

    static let all = Guest.built.flatMap { guest in
      Knowledge.allCases.map { Case(guest: guest, knowledge: $0) }
    }
  }

  private func search(_ guest: Guest, _ knowledge: Knowledge) throws -> RegionSearch {
    let image = try MemoryImage.open(path: try #require(guest.path("elf")))
    let memory = guest.memory(of: image)
    let vmcoreinfo = guest.vmcoreinfo(in: memory)
    let master = try #require(guest.master(vmcoreinfo))
    var search = RegionSearch(format: master.format, master: master.root, memory: memory)
    if knowledge != .tables { search.vmcoreinfo = vmcoreinfo }
    if knowledge == .symbols {
      let symbols = GuestSymbols(try guest.part("kallsyms"))
      search.symbol = { symbols[$0] }
      search.symbolName = { symbols.names(at: $0).joined(separator: " ") }
    }
    return search
  }

  @Test("nearly all that the master maps has a name", arguments: Case.all)
  func coverage(_ test: Case) throws {
    let clock = ContinuousClock()
    let search = try search(test.guest, test.knowledge)
    let start = clock.now
    let map = search.find()
    let elapsed = clock.now - start
    var named = (ranges: 0, bytes: UInt64(0))
    var all = (ranges: 0, bytes: UInt64(0))
    var unnamed: [String] = []
    for range in map.mappings {
      all.ranges += 1
      all.bytes += range.byteCount
      if let region = map.region(at: range.first), region.last >= range.first {
        named.ranges += 1
        named.bytes += range.byteCount
      } else if unnamed.count < 4 {
        unnamed.append(String(range.first.rawValue, radix: 16))
      }
    }
    print(
      "guest \(test.testDescription): \(named.ranges) of \(all.ranges) ranges, \(named.bytes >> 10) of "
        + "\(all.bytes >> 10) KiB named; \(map.regions.count) regions, \(map.areas.count) areas, \(elapsed); unnamed \(unnamed) \(map.notes)"
    )
    for region in map.regions {
      print(
        "   \(String(region.first.rawValue, radix: 16))-\(String(region.last.rawValue, radix: 16)) \(region.name): \(region.evidence.method) \(region.evidence.detail) \(region.detail ?? "")"
      )
    }
    #expect(map.isComplete)
    #expect(named.ranges == all.ranges)
    for (left, right) in zip(map.regions, map.regions.dropFirst()) { #expect(left.last < right.first) }
    for (left, right) in zip(map.areas, map.areas.dropFirst()) { #expect(left.last < right.first) }
  }
}
