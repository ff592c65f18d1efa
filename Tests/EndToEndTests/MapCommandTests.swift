import Testing

@Suite("pagewalk map")
struct MapCommandTests {
  private let folder: TemporaryFolder
  private let space: [String]
  private let raw: String
  private let root: String

  init() throws {
    folder = try TemporaryFolder()
    let machine = try SampleMachine()
    raw = folder.write(machine.ram, "ram.raw")
    root = String(machine.root, radix: 16)
    space = ["-s", raw, "--root", root, "--paging", "x86-64"]
  }

  private func map(_ options: String) throws -> Command.Outcome {
    try Command.shell("\"$pagewalk\" map -s '\(raw)' --root \(root) --paging x86-64 \(options)")
  }

  @Test("JSON keeps the contract; ranges ascend and are maximal")
  func json() throws {
    let outcome = try map("--format json")
    #expect(outcome.status == 0)
    let objects = try outcome.objects()
    let mapped = objects.filter { $0["hole"] == nil }
    Contract.mappedRange.expect(mapped)
    Contract.hole.expect(objects.filter { $0["hole"] != nil })
    #expect(
      mapped.map { "\($0["start"] ?? "")-\($0["end"] ?? "") \($0["physical"] ?? "") \($0["access"] ?? "")" }
        == [
          "0x400000-0x402000 0x100000 rxu", "0x600000-0x601000 0x80000 rwu",
          "0x602000-0x603000 0x4000000000 rwu",
          "0x40000000-0x40200000 0x200000 rw", "0xffff888000000000-0xffff888040000000 0x0 rw",
        ])
  }

  @Test("what could not be read or followed is a hole with its reason, and standard error says 'partial'")
  func partial() throws {
    let outcome = try map("--format json")
    let holes = try outcome.objects().filter { $0["hole"] as? Bool == true }
    #expect(
      holes.map { "\($0["start"] ?? "")-\($0["end"] ?? "") \($0["reason"] ?? "")" } == [
        "0x80000000-0x80200000 outside-ram", "0xc0000000-0xc0200000 reserved-bits",
      ])
    #expect(outcome.errorLines.count == 1)
    #expect(outcome.errors.hasPrefix("pagewalk: partial: "))
    // In text they stand between the ranges.
    let text = try map("")
    #expect(
      text.lines.contains {
        $0.hasPrefix("0000000080000000-00000000801fffff") && $0.hasSuffix("hole: outside-ram")
      })
  }

  @Test("with --gaps the ranges tile the whole space")
  func tiling() throws {
    let objects = try map("--gaps --format json").objects()
    #expect(objects.first?["start"] as? String == "0x0")
    #expect(objects.last?["end"] as? String == "0x10000000000000000")
    for (left, right) in zip(objects, objects.dropFirst()) {
      #expect(left["end"] as? String == right["start"] as? String)
    }
    let reasons = Set(objects.compactMap { $0["reason"] as? String })
    #expect(reasons == ["absent", "swap", "non-canonical", "outside-ram", "reserved-bits"])
  }

  struct Filter: Sendable, CustomTestStringConvertible {
    var options: String
    var starts: [String]
    var testDescription: String { options }

    static let all: [Filter] = [
      Filter(options: "--access x", starts: ["0x400000"]),
      Filter(options: "--access wu", starts: ["0x600000", "0x602000"]),
      Filter(options: "--access r --without u", starts: ["0x40000000", "0xffff888000000000"]),
      Filter(options: "--page-size 2M", starts: ["0x40000000"]),
      Filter(options: "--from 401000 --to 602000", starts: ["0x401000", "0x600000"]),
      Filter(options: "--from 400123 --to 400456", starts: ["0x400123"]),
    ]
  }

  @Test("filters choose ranges", arguments: Filter.all)
  func filters(test: Filter) throws {
    let objects = try map("\(test.options) --format json").objects().filter { $0["hole"] == nil }
    Contract.mappedRange.expect(objects)
    #expect(objects.map { $0["start"] as? String ?? "" } == test.starts)
  }

  @Test("the kernel's ranges are cut at its regions and carry their names; a process's own have none")
  func regions() throws {
    let objects = try Command.run("map", "614", "--format", "json").objects()
    Contract.mappedRange.expect(objects)
    #expect(objects.prefix(7).allSatisfy { $0["region"] == nil })
    let regions = try Command.run("kernel", "--layout", "--format", "json").objects()
    for object in objects.dropFirst(7) {
      let start = try #require(object["start"] as? String)
      let region = try #require(regions.last { "\($0["start"] ?? "")" <= start }, "\(start)")
      #expect(object["region"] as? String == region["name"] as? String)
      #expect("\(object["end"] ?? "")" <= "\(region["end"] ?? "")")
    }
    let gaps = try Command.run("map", "kernel", "--gaps", "--format", "json").objects()
    Contract.hole.expect(gaps.filter { $0["hole"] != nil })
    let holes = gaps.filter { $0["hole"] != nil && $0["region"] as? String == "vmalloc" }
    #expect(holes.last?["end"] as? String == "0xff800000")
    // Tables that the user names by a root of his own choice are nobody's.
    let unknown = try Command.run(
      "map", "--root", "58058000", "--paging", "arm", "--format", "json"
    ).objects()
    #expect(unknown.allSatisfy { $0["region"] == nil } && !unknown.isEmpty)
  }

  @Test("nothing to show is exit status 1")
  func nothing() throws {
    let outcome = try map("--from 1000 --to 2000 --format json")
    #expect(outcome.status == 1)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.isEmpty)
  }

  @Test("CSV has a header, and as many fields in every line")
  func csv() throws {
    let lines = try map("--format csv").lines
    #expect(
      lines.first == "start,end,bytes,physical,pageSize,access,flags,reason,region,areaPermissions,path")
    #expect(lines.count == 8)
    for line in lines { #expect(line.split(separator: ",", omittingEmptySubsequences: false).count == 11) }
    #expect(lines.contains { $0.hasPrefix("0x400000,0x402000,8192,0x100000,4096,rxu,") })
  }

  @Test("a table that names itself is labelled as a loop, and the command ends")
  func loop() throws {
    var ram = [UInt8](repeating: 0, count: 0x2000)
    ram[0x1000] = 0x67
    ram[0x1001] = 0x10
    let path = folder.write(ram, "loop.raw")
    let outcome = try Command.run(
      "map", "-s", path, "--root", "1000", "--paging", "x86-64", "--format", "json")
    #expect(outcome.status == 0)
    #expect(try outcome.objects().map { $0["reason"] as? String } == ["loop"])
    #expect(outcome.errors.hasPrefix("pagewalk: partial: "))
  }
}
