import Foundation
import Testing

@Suite("pagewalk lab")
struct LabCommandTests {
  private static let story = """
    machine x86-64,ram=64M
    spawn init
    map init 10000+16K rw as buffer
    write init buffer 8055 => minor
    note "Then a child."
    fork init as child
    write child buffer+8 1 => minor
    expect different-frame init buffer child buffer
    """

  /// The story in a file, with further lines.
  private func file(_ further: String = "") throws -> (folder: TemporaryFolder, path: String) {
    let folder = try TemporaryFolder()
    return (folder, folder.write(Array((Self.story + "\n" + further).utf8), "story.lab"))
  }

  @Test("run tells each line, what came of it, and how it ended")
  func run() throws {
    let (folder, path) = try file()
    let outcome = try Command.run("lab", "run", path)
    #expect(outcome.status == 0 && outcome.errors.isEmpty)
    #expect(outcome.lines.contains("Then a child."))
    #expect(outcome.lines.contains { $0.hasPrefix("    ok    expect different-frame") })
    #expect(outcome.lines.last?.hasSuffix("7 actions on x86-64, 3 statements met") == true)
    #expect(try Command.run("lab", "run", path).output == outcome.output, "the same log each time")
    _ = folder
  }

  @Test("a statement that is not so is shown with what was seen, and the status is 1")
  func unmet() throws {
    let (folder, path) = try file("expect value init buffer 8056\n")
    for command in ["run", "check"] {
      let outcome = try Command.run("lab", command, path)
      #expect(outcome.status == 1)
      #expect(outcome.output.contains("seen: 8055"))
    }
    #expect(
      try Command.run("lab", "check", path).lines.first?.hasPrefix("\(path):9:1: not met: expect value")
        == true)
    _ = folder
  }

  @Test("locks in a wrong order are a statement that is not met, told with where the right one was seen")
  func lockOrder() throws {
    let (folder, path) = try file("cpu 1: take pte_lock init buffer\ncpu 1: take mmap_lock init\n")
    let sound = try file("cpu 1: take mmap_lock init\ncpu 1: take pte_lock init buffer\n")
    #expect(try Command.run("lab", "check", sound.path).status == 0)
    let outcome = try Command.run("lab", "check", path)
    #expect(outcome.status == 1)
    let line = try #require(outcome.lines.first)
    #expect(line.hasPrefix("\(path):10:1: not met: cpu 1: take mmap_lock init"))
    #expect(line.contains("takes mmap_lock of space 1 inside lock of the table in frame"))
    #expect(line.contains("(line 9, take), which belongs inside it"))
    _ = (folder, sound.folder)
  }

  @Test("what is malformed, or cannot be done, is one line with its place, and the status is 2")
  func malformed() throws {
    let (folder, path) = try file("read init nowhere\n")
    let outcome = try Command.run("lab", "run", path)
    #expect(outcome.status == 2 && outcome.output.isEmpty, "nothing runs")
    #expect(outcome.errorLines.count == 1)
    #expect(outcome.errors.hasPrefix("pagewalk: \(path):9:11: expected an address"))
    let missing = try file("read 99 buffer\n")
    let other = try Command.run("lab", "run", missing.path, "--format", "json")
    #expect(other.status == 2)
    #expect(other.errors.contains(":9:1: there is no task 99"))
    #expect(try other.objects().last?["schema"] as? String == "pagewalk.error/1")
    #expect(try Command.run("lab", "check", "/nowhere.lab").status == 2)
    _ = (folder, missing.folder)
  }

  @Test("step goes as far as standard input says, and shows what changed")
  func step() throws {
    let (folder, path) = try file()
    let three = try Command.run("lab", "step", path, input: "\n\n\n")
    #expect(three.status == 0)
    #expect(three.output.contains("pte[10] for 10000: 0 -> "))
    #expect(three.output.contains("VmPTE 0 B -> 12 KiB"))
    #expect(!three.output.contains("Then a child."))
    #expect(three.lines.last?.contains("3 actions") == true)
    let all = try Command.run("lab", "step", path, input: "2\nc\n")
    #expect(all.output.contains("Then a child.") && all.lines.last?.contains("7 actions") == true)
    #expect(try Command.run("lab", "step", path, input: "q\n").lines.last?.contains("0 actions") == true)
    #expect(try Command.run("lab", "step", path, input: "far\n").status == 2)
    let json = try Command.run("lab", "step", path, "--format", "json", input: "c\n").objects()
    let changes = try #require(json[2]["changes"] as? [String: Any])
    #expect((changes["entries"] as? [[String: Any]])?.last?["level"] as? String == "pte")
    #expect(json.last?["schema"] as? String == "pagewalk.lab-summary/1")
    _ = folder
  }

  @Test("explain tells of one more access")
  func explain() throws {
    let (folder, path) = try file()
    let outcome = try Command.run("lab", "explain", path, "init", "buffer", "write")
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("nobody else has the page: it is made writable"))
    let other = try Command.run("lab", "explain", path, "1", "5000", "read")
    #expect(other.output.contains("error code 4 (user)") && other.output.contains("SIGSEGV"))
    #expect(try Command.run("lab", "explain", path, "nobody", "5000", "read").status == 2)
    _ = folder
  }

  @Test("every command looks into the machine that a scenario leaves")
  func source() throws {
    let (folder, path) = try file()
    let source = "lab:" + path
    let walk = try Command.run("walk", "-s", source, "1", "10000")
    #expect(walk.status == 0)
    #expect(walk.lines.last?.hasPrefix("value     8055") == true)
    let json = try Command.run("walk", "-s", source, "2", "10008", "--format", "json").objects()
    Contract.walk.expect(json)
    #expect(json.first?["value"] as? String == "0100000000000000")
    let ps = try Command.run("ps", "-s", source)
    #expect(ps.status == 0 && ps.lines.count == 3)
    let areas = try Command.run("map", "-s", source, "1", "--areas")
    #expect(areas.status == 0 && areas.output.contains("rw-p  anonymous"))
    let compare = try Command.run("compare", "-s", source)
    #expect(compare.status == 0 && compare.output.contains("1 init, 2 init: all"))
    #expect(try Command.run("kernel", "-s", source).output.contains("linear map"))
    #expect(try Command.run("frames", "-s", source, "--where", "2", "10000").status == 0)
    #expect(try Command.run("audit", "-s", source).status == 0)
    #expect(try Command.run("stats", "-s", source).status == 0)
    #expect(try Command.run("diff", "-s", source, "1", "2").status == 1)
    #expect(try Command.run("read", "-s", source, "1", "10000", "8").output.contains("55 80"))
    #expect(try Command.run("map", "-s", source, "--cpu", "0").status == 0)
    #expect(try Command.run("walk", "-s", source, "3", "10000").status == 2)
    _ = folder
  }

  @Test("a profile alone is a booted machine; an unknown one is refused with the names there are")
  func profile() throws {
    #expect(try Command.run("map", "-s", "lab:i386,ram=64M", "kernel").output.contains("linear map"))
    #expect(try Command.run("compare", "-s", "lab:arm").output.contains("1 init, 2 init: all"))
    #expect(
      try Command.run("walk", "-s", "lab:riscv64", "2", "140000").lines.last?.hasPrefix("value     3") == true
    )
    let outcome = try Command.run("map", "-s", "lab:pdp11", "kernel")
    #expect(outcome.status == 2 && outcome.errors.contains("x86-64"))
    let tiny = try Command.run("map", "-s", "lab:x86-64,ram=1M", "kernel")
    #expect(tiny.status == 2 && tiny.errors.contains("RAM"))
    let names = try Command.run("lab", "profiles", "--format", "json").objects().compactMap {
      $0["name"] as? String
    }
    #expect(names.contains("x86-64") && names.contains("arm-2g"))
  }

  @Test("the matrix has a line for each machine, and an unknown one is refused")
  func matrix() throws {
    let outcome = try Command.run("lab", "matrix", "i386-5.7", "x86-64", "--format", "json")
    #expect(outcome.status == 0)
    let objects = try outcome.objects()
    #expect(objects.map { $0["profile"] as? String } == ["i386-5.7", "x86-64"])
    #expect((objects[0]["faults"] as? Int ?? 0) > 0 && objects[1]["faults"] as? Int == 0)
    #expect(try Command.run("lab", "matrix", "pdp11").status == 2)
  }

  @Test("a saved machine is an ELF core that reads the same")
  func save() throws {
    let (folder, path) = try file()
    let core = path + ".elf"
    let outcome = try Command.run("lab", "save", path, "-o", core)
    #expect(outcome.status == 0)
    #expect(try Command.run("lab", "save", path, "-o", core).status == 2, "it is not replaced")
    // CPU 0 runs the child.
    let walk = try Command.run("walk", "-s", core, "--cpu", "0", "10008", "--format", "json")
    #expect(walk.status == 0)
    let live = try Command.run("walk", "-s", "lab:" + path, "2", "10008", "--format", "json")
    let fields = ["physical", "value", "root", "outcome", "access"]
    let saved = try #require(try walk.objects().first)
    let original = try #require(try live.objects().first)
    for field in fields { #expect(saved[field] as? String == original[field] as? String, "\(field)") }
    let root = try #require(original["root"] as? String)
    let map = try Command.run("map", "-s", core, "--root", root, "--paging", "x86-64", "--format", "csv")
    let direct = try Command.run("map", "-s", "lab:" + path, "2", "--format", "csv")
    #expect(map.lines.count == direct.lines.count)
    let readelf = try Command.shell("readelf -hln '\(core)'")
    #expect(readelf.status == 0 && readelf.output.contains("CORE (Core file)"))
    _ = folder
  }
}
