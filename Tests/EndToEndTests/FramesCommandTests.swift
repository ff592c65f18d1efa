import Testing

@Suite("pagewalk frames")
struct FramesCommandTests {
  @Test("a page of a process is its own and in the linear map")
  func text() throws {
    let outcome = try Command.run("frames", "574a1")
    #expect(outcome.status == 0)
    #expect(
      outcome.lines == [
        "frame 574a1 (physical 574a1000): mapped by one process",
        "  614  experiment  7e9e6000  pte  4KiB  rw- rw-",
        "    -  kernel      c74a1000  pgd  1MiB  rwx ---  linear map",
      ])
  }

  @Test("a table's frame says its level, its addresses and its process")
  func table() throws {
    let outcome = try Command.run("frames", "58269", "10004")
    #expect(outcome.status == 0)
    #expect(outcome.lines.contains("  pte table of 614 experiment for 7e800000-7e9fffff"))
    #expect(outcome.lines.contains("  pgd table of the kernel for 00000000-3fffffff"))
  }

  @Test("JSON keeps the contract, and frame, address and process lead to the same frame")
  func json() throws {
    let byFrame = try Command.run("frames", "0x574a1", "--format", "json")
    let byAddress = try Command.run("frames", "--physical", "574a1c24", "--format", "json")
    let byProcess = try Command.run("frames", "--where", "614", "7e9e6c24", "--format", "json")
    let byName = try Command.run("frames", "--where", "experiment", "7e9e6c24", "--format", "json")
    for outcome in [byFrame, byAddress, byProcess, byName] {
      #expect(outcome.status == 0)
      Contract.frame.expect(try outcome.objects())
    }
    #expect(byFrame.output == byAddress.output)
    #expect(byProcess.output == byName.output)
    let object = try #require(try byProcess.objects().first)
    let from = try #require(object["from"] as? [String: Any])
    #expect(from["physical"] as? String == "0x574a1c24")
    #expect(object["frame"] as? String == "0x574a1")
    let mappings = try #require(object["mappings"] as? [[String: Any]])
    #expect(mappings.map { $0["pid"] as? Int } == [614, nil])
    #expect(mappings.map { $0["kernel"] as? Bool } == [nil, true])
  }

  @Test("every mapping of every range of `map` is found again from its frame")
  func forwardAndBack() throws {
    for process in ["614", "kernel"] {
      let ranges = try Command.run("map", process, "--format", "json").objects()
      for range in ranges {
        let start = try #require(range["start"] as? String)
        let found = try Command.run("frames", "--where", process, start, "--format", "json").objects()
        let mappings = try #require(found.first?["mappings"] as? [[String: Any]])
        #expect(mappings.contains { $0["virtual"] as? String == start })
      }
    }
  }

  @Test("CSV has a line for each table and mapping")
  func csv() throws {
    let outcome = try Command.run("frames", "58269", "ffffff", "--format", "csv")
    #expect(outcome.status == 1)
    #expect(
      outcome.lines == [
        "frame,physical,kind,use,pid,command,start,end,level,pageSize,access,region",
        "0x58269,0x58269000,page-table,table,614,,0x7e800000,0x7ea00000,pte,,,",
        "0x58269,0x58269000,page-table,mapping,,kernel,0xc8269000,0xc826a000,pgd,1048576,rwx,linear map",
        "0xffffff,0xffffff000,unmapped,,,,,,,,,",
      ])
  }

  @Test("a frame that nothing reaches is an answer with status 1")
  func unmapped() throws {
    let outcome = try Command.run("frames", "ffffff")
    #expect(outcome.status == 1)
    #expect(outcome.output == "frame ffffff (physical ffffff000): no table leads to it\n")
  }

  @Test("an address that is not mapped is answered with its walk")
  func notMapped() throws {
    let outcome = try Command.run("frames", "--where", "614", "81000", "--format", "json")
    #expect(outcome.status == 1)
    let objects = try outcome.objects()
    Contract.walk.expect(objects)
    #expect(objects.first?["reason"] as? String == "swap")
  }

  @Test(
    "what cannot be asked is refused with one line",
    arguments: [
      ["frames", "xyz"], ["frames", "--where", "614"], ["frames", "--where", "999", "0"],
      ["frames", "--where", "--physical", "614", "0"], ["frames", "ffffffffffffffff"],
    ])
  func refused(_ arguments: [String]) throws {
    let line = arguments.map { "'\($0)'" }.joined(separator: " ")
    let outcome = try Command.shell("\"$pagewalk\" \(line)")
    #expect(outcome.status == 2)
    #expect(outcome.errorLines.count == 1)
    #expect(outcome.output.isEmpty)
  }
}
