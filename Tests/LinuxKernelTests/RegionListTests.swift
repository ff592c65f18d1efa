import LinuxKernel
import PageTables
import Testing

@Suite("Lists of regions")
struct RegionListTests {
  private func region(_ name: String, _ first: UInt64, _ last: UInt64) -> KernelRegion {
    KernelRegion(
      name: name, first: VirtualAddress(first), last: VirtualAddress(last), evidence: Evidence(.user, "test"))
  }

  private func text(_ list: RegionList) -> [String] {
    list.map { "\($0.name) \($0.first.rawValue)-\($0.last.rawValue)" }
  }

  @Test("what comes later gets what is left, in pieces")
  func precedence() {
    var list = RegionList()
    list.add(region("a", 10, 19))
    list.add(region("b", 30, 39))
    list.add(region("c", 5, 44))
    #expect(text(list) == ["c 5-9", "a 10-19", "c 20-29", "b 30-39", "c 40-44"])
    list.add(region("d", 12, 33))
    #expect(list.count == 5)
  }

  @Test("a region up to the last address of all is one, and nothing fits behind it")
  func end() {
    var list = RegionList()
    list.add(region("top", .max - 9, .max))
    list.add(region("all", 0, .max))
    #expect(text(list) == ["all 0-\(UInt64.max - 10)", "top \(UInt64.max - 9)-\(UInt64.max)"])
    #expect(list.region(at: VirtualAddress(.max))?.name == "top")
  }

  @Test("a region that ends before it begins is none")
  func backwards() {
    var list = RegionList()
    list.add(region("none", 2, 1))
    #expect(list.isEmpty)
  }

  @Test("random lists are ascending, disjoint, and answer as a plain search does", arguments: 0..<20)
  func law(seed: UInt64) {
    var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
    func next(_ bound: UInt64) -> UInt64 {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return state % bound
    }
    var list = RegionList()
    var owner = [String?](repeating: nil, count: 256)
    for index in 0..<12 {
      let first = next(256)
      let last = min(255, first + next(60))
      list.add(region("\(index)", first, last))
      for address in Int(first)...Int(last) where owner[address] == nil { owner[address] = "\(index)" }
    }
    for (left, right) in zip(list, list.dropFirst()) { #expect(left.last < right.first) }
    for address in 0..<256 {
      #expect(list.region(at: VirtualAddress(UInt64(address)))?.name == owner[address])
    }
  }
}
