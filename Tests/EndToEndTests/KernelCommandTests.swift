import Testing

@Suite("pagewalk kernel")
struct KernelCommandTests {
  @Test("JSON keeps the contract; the lab's regions are named")
  func json() throws {
    let outcome = try Command.run("kernel", "--pages", "--format", "json")
    #expect(outcome.status == 0)
    let objects = try outcome.objects()
    Contract.region.expect(objects)
    let regions = objects.filter { $0["kind"] as? String == "region" }
    #expect(
      regions.map { "\($0["start"] ?? "")-\($0["end"] ?? "") \($0["name"] ?? "")" } == [
        "0x7f000000-0x7fe00000 modules", "0x7fe00000-0x80000000 pkmap",
        "0x80000000-0xe0000000 linear map",
        "0xe0800000-0xff800000 vmalloc", "0xffc80000-0xfff00000 fixmap", "0xffff0000-0xffff2000 vectors",
      ])
    // Eight pages, each in a frame of its own.
    let vmalloc = try #require(regions.first { $0["name"] as? String == "vmalloc" })
    #expect(vmalloc["mapped"] as? Int == 32768)
    #expect((vmalloc["pages"] as? [Any])?.count == 8)
  }

  @Test("text has a line a region; with --pages the ranges follow, indented")
  func text() throws {
    let short = try Command.run("kernel", "--layout")
    let long = try Command.run("kernel", "--layout", "--pages")
    #expect(short.status == 0)
    #expect(short.lines.count == 7)
    #expect(long.lines.filter { $0.hasPrefix("    ") }.count == 11)
    #expect(long.lines.filter { !$0.hasPrefix("    ") } == short.lines)
    #expect(short.lines[3].hasPrefix("80000000  dfffffff  1.5 GiB  1.5 GiB  rwx ---"))
  }

  @Test("with --evidence every region says what was seen")
  func evidence() throws {
    let lines = try Command.run("kernel", "--layout", "--evidence").lines.dropFirst()
    #expect(!lines.isEmpty && lines.allSatisfy { $0.hasSuffix("[lab: the lab's profile arm-2g]") })
  }

  @Test("CSV has a header, and as many fields in every line")
  func csv() throws {
    let lines = try Command.run("kernel", "--layout", "--format", "csv").lines
    #expect(lines.first == "start,end,kind,name,owner,detail,mapped,access,pageSizes,method,evidence")
    #expect(lines.count == 7)
    #expect(
      lines.contains("0xe0800000,0xff800000,region,vmalloc,,,32768,rw,4096,lab,the lab's profile arm-2g"))
  }

  @Test("an image's kernel is the one whose root is given; what cannot be read makes the answer partial")
  func image() throws {
    let folder = try TemporaryFolder()
    let machine = try SampleMachine()
    let path = folder.write(machine.ram, "ram.raw")
    let outcome = try Command.run(
      "kernel", "-s", path, "--root", String(machine.root, radix: 16), "--paging", "x86-64", "--format",
      "json")
    #expect(outcome.status == 0)
    let objects = try outcome.objects()
    Contract.region.expect(objects)
    #expect(
      objects.contains {
        $0["name"] as? String == "linear map" && $0["start"] as? String == "0xffff888000000000"
      })
    #expect(outcome.errorLines.contains { $0.hasPrefix("pagewalk: partial: ") })
  }

  @Test("tables that map nothing are exit status 1")
  func nothing() throws {
    let folder = try TemporaryFolder()
    let path = folder.write([UInt8](repeating: 0, count: 0x2000), "zero.raw")
    let outcome = try Command.run(
      "kernel", "-s", path, "--root", "0", "--paging", "x86-64", "--format", "json")
    #expect(outcome.status == 1)
    #expect(try outcome.objects().allSatisfy { $0["mapped"] as? Int == 0 })
  }
}
