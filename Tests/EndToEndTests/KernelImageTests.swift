import Testing

@Suite(
  "Commands on real kernels' memory",
  .enabled(if: KernelImage.isExpected, "no guest is built; run scripts/guests build"))
struct KernelImageTests {
  @Test("there are real kernels to look into")
  func areBuilt() { #expect(!KernelImage.all.isEmpty) }

  // MARK: ps

  @Test("ps lists what the kernel's own /proc listed, in the contract's JSON", arguments: KernelImage.all)
  func processes(_ image: KernelImage) throws {
    let objects = try image.objects("ps")
    Contract.process.expect(objects)
    let pids = try image.pids(of: "status")
    #expect(pids.count >= 8)
    let parents = Dictionary(
      try image.lines("ps").compactMap { line in
        line.firstMatch(of: /^ *(\d+) +(\d+)/).flatMap { match in
          Int(match.1).flatMap { pid in Int(match.2).map { (pid, $0) } }
        }
      }, uniquingKeysWith: { first, _ in first })
    for pid in pids {
      let status = Dictionary(
        try image.lines("status.\(pid)").compactMap { line in
          line.firstMatch(of: /^(\w+):\t(.*)/).map { (String($0.1), String($0.2)) }
        }, uniquingKeysWith: { first, _ in first })
      let object = try #require(objects.first { $0["pid"] as? Int == pid }, "\(pid)")
      #expect(try printable(#require(object["command"] as? String)) == printable(status["Name"] ?? ""))
      let parent = try #require(object["parent"] as? Int)
      // The last of them was started after ps.
      #expect(parents[pid] == nil || parents[pid] == parent)
      #expect(parents[pid] != nil || pid == pids.last)
      #expect(object["kind"] as? String == "process")
      #expect(object["root"] != nil && (object["presentBytes"] as? Int ?? 0) > 0)
      #expect((object["tablePages"] as? [String: Int])?["pgd"] ?? 0 >= 1)
    }
    // `[name]` is how ps shows what has no command line. A worker may have come or gone since.
    let threads = try image.lines("ps").filter {
      $0.firstMatch(of: /\s\[[a-z][^\]]*\]$/) != nil && !$0.contains("kworker")
    }
    .compactMap { $0.split(separator: " ").first.flatMap { Int($0) } }
    let kinds = threads.map { pid in objects.first { $0["pid"] as? Int == pid }?["kind"] as? String }
    #expect(threads.count > 15)
    #expect(kinds.count { $0 == "kernel-thread" } >= threads.count - 2, "\(kinds)")
    for object in objects where object["kernelThread"] as? Bool == true {
      #expect(object["root"] == nil && object["tablePages"] == nil)
    }
  }

  /// A name as it comes through a guest's console: without what moves the cursor, and without what /proc writes for
  /// a line's end and for a backslash.
  private func printable(_ name: String) -> String {
    // Ours are written as \u{1b}, the kernel's as they are, but for two of them.
    let scalars = name.replacing(/\\u\{[0-9a-f]+\}/, with: "").replacing("\\n", with: "")
      .replacing("\\", with: "").unicodeScalars
    return String(String.UnicodeScalarView(scalars.filter { $0.value > 0x20 && $0.value < 0x7f }))
  }

  @Test("ps has as many rows in text and CSV, and --threads has no fewer", arguments: KernelImage.all)
  func processTable(_ image: KernelImage) throws {
    let count = try image.objects("ps").count
    let text = try image.run("ps")
    #expect(text.status == 0 && text.errors.isEmpty)
    #expect(text.lines.count == count + 1)
    let csv = try image.run("ps --format csv")
    #expect(csv.lines.count == count + 1)
    #expect(csv.lines.first?.hasPrefix("pid,tgid,command,parent,kind,root,") == true)
    let threads = try image.objects("ps --threads")
    Contract.process.expect(threads)
    #expect(threads.count >= count)
  }

  // MARK: map

  @Test(
    "map --areas has the lines of /proc/PID/maps: addresses, rights, offsets, paths",
    arguments: KernelImage.all)
  func areas(_ image: KernelImage) throws {
    let pids = try image.pids(of: "maps")
    #expect(pids.count >= 8)
    for pid in pids {
      let objects = try image.objects("map \(pid) --areas")
      Contract.area.expect(objects)
      let expected = try image.lines("maps.\(pid)").compactMap { line -> String? in
        let fields = line.split(separator: " ", maxSplits: 5).map(String.init)
        let path = fields.count > 5 ? fields[5].trimmingPrefix(while: \.isWhitespace) : ""
        // These two are every process's and in no process's areas.
        guard path != "[vectors]", path != "[vsyscall]" else { return nil }
        let isFile = path.hasPrefix("/")
        let ends = fields[0].split(separator: "-").compactMap { Int($0, radix: 16) }
        return "\(ends) \(fields[1]) " + (isFile ? "\(Int(fields[2], radix: 16) ?? -1) \(path)" : "")
      }
      let found = objects.map { object in
        let ends = ["start", "end"].compactMap { Int("\(object[$0] ?? "")".dropFirst(2), radix: 16) }
        let file = object["path"].map { "\(object["fileOffset"] ?? "") \($0)" }
        return "\(ends) \(object["permissions"] ?? "") " + (file ?? "")
      }
      #expect(found == expected, "PID \(pid)")
    }
  }

  @Test("map names the area behind each of a process's ranges", arguments: KernelImage.all)
  func ranges(_ image: KernelImage) throws {
    let pid = try anyProcess(of: image).pid
    let areas = try image.objects("map \(pid) --areas").compactMap { $0["start"] as? String }
    let objects = try image.objects("map \(pid) --access u")
    Contract.mappedRange.expect(objects)
    let named = objects.compactMap { $0["area"] as? [String: Any] }
    #expect(named.count > 5)
    #expect(named.allSatisfy { areas.contains("\($0["start"] ?? "")") })
    let text = try image.run("map \(pid) --access u")
    #expect(text.lines.contains { $0.contains("  | r-xp /bin/busybox") })
  }

  @Test("map kernel names the region of every range, as kernel does", arguments: KernelImage.all)
  func regions(_ image: KernelImage) throws {
    let objects = try image.objects("map kernel")
    Contract.mappedRange.expect(objects)
    let unnamed = objects.filter { $0["region"] == nil }
    #expect(unnamed.isEmpty)
    let regions = try image.objects("kernel --layout")
    Contract.region.expect(regions)
    let names = Set(regions.compactMap { $0["name"] as? String })
    #expect(Set(objects.compactMap { $0["region"] as? String }).isSubset(of: names))
    #expect(names.isSuperset(of: ["linear map", "vmalloc", "kernel text"]))
  }

  // MARK: walk, read

  /// The only process of its name, with an address that it maps a file's beginning at.
  private func anyProcess(of image: KernelImage) throws -> (pid: Int, command: String, elf: String) {
    let processes = try image.objects("ps").filter { $0["root"] != nil }
    for process in processes {
      let pid = try #require(process["pid"] as? Int)
      let command = try #require(process["command"] as? String)
      guard processes.count(where: { $0["command"] as? String == command }) == 1 else { continue }
      let area = try image.objects("map \(pid) --areas").first {
        $0["fileOffset"] as? Int == 0 && $0["path"] as? String == "/bin/busybox"
      }
      if let start = area?["start"] as? String { return (pid, command, start) }
    }
    return try #require(nil, "no process has a name of its own")
  }

  @Test("walk and read take a PID or a command's name", arguments: KernelImage.all)
  func walk(_ image: KernelImage) throws {
    let (pid, command, elf) = try anyProcess(of: image)
    let walks = try [String(pid), command].flatMap { try image.objects("walk \($0) \(elf)") }
    Contract.walk.expect(walks)
    for walk in walks {
      #expect((walk["process"] as? [String: Any])?["pid"] as? Int == pid)
      #expect((walk["process"] as? [String: Any])?["command"] as? String == command)
      #expect(walk["physical"] as? String == walks[0]["physical"] as? String)
      let value = try #require(walk["value"] as? String)
      #expect(value.hasPrefix("7f454c46"))
    }
    let bytes = try image.objects("read \(pid) \(elf) 16")
    Contract.memory.expect(bytes)
    let value = try #require(bytes.first?["value"] as? String)
    #expect(value.hasPrefix("7f454c46"))
    #expect(try image.run("read \(command) \(elf) 16").output.contains("7f 45 4c 46"))
    // Nothing is at 0 in any process.
    #expect(try image.run("walk \(pid) 0").status == 1)
  }

  struct Failure: Sendable, CustomTestStringConvertible {
    var arguments: String
    var names: [String]
    var testDescription: String { arguments }

    static let all = [
      Failure(arguments: "walk 99999 1000", names: ["no process 99999", "`pagewalk ps -s dump.elf`"]),
      Failure(arguments: "walk nobody 1000", names: ["no process 'nobody'", "`pagewalk ps -s dump.elf`"]),
      Failure(arguments: "walk 2 1000", names: ["2 (kthreadd) is a kernel thread", "of its own"]),
      Failure(arguments: "walk kthreadd 1000", names: ["2 (kthreadd) is a kernel thread"]),
      Failure(arguments: "read 2 1000 16", names: ["2 (kthreadd) is a kernel thread"]),
      Failure(arguments: "map 2 --areas", names: ["2 (kthreadd) is a kernel thread"]),
      Failure(arguments: "map kernel --areas", names: ["PID --areas"]),
      Failure(arguments: "map sleep", names: ["several processes", "PIDs ", "name one by its PID"]),
      Failure(arguments: "compare 99999", names: ["no process 99999", "1 (init)"]),
    ]
  }

  @Test(
    "a process that is not there, a kernel thread, a name of several: status 2 and one line that helps",
    arguments: KernelImage.all, Failure.all)
  func failure(_ image: KernelImage, _ failure: Failure) throws {
    let outcome = try image.run(failure.arguments)
    #expect(outcome.status == 2)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errorLines.count == 1)
    // Any process can call itself kthreadd.
    guard !outcome.errors.contains("several processes are called 'kthreadd'") else { return }
    for name in failure.names { #expect(outcome.errors.contains(name)) }
  }

  @Test("the kernel's root is walked for the kernel's addresses", arguments: KernelImage.all)
  func kernelRoot(_ image: KernelImage) throws {
    let region = try #require(
      image.objects("kernel --layout").first { $0["name"] as? String == "kernel text" })
    let address = try #require(region["start"] as? String)
    let walk = try #require(image.objects("walk kernel \(address)").first)
    #expect((walk["access"] as? String)?.contains("x") == true)
    // AArch64's halves have roots of their own; elsewhere the kernel's table has nothing there.
    let low = try image.run("walk kernel 400000 --format json")
    let objects = try low.objects()
    if low.status == 2 {
      Contract.error.expect(objects)
      #expect(low.errors.contains("name a process"))
      #expect((walk["format"] as? String)?.hasPrefix("aarch64-") == true)
    } else {
      #expect(low.status == 1)
      Contract.walk.expect(objects)
    }
  }

  @Test("a name of several processes lists their PIDs", arguments: KernelImage.all)
  func ambiguous(_ image: KernelImage) throws {
    let sleeping = try image.objects("ps").filter { $0["command"] as? String == "sleep" && $0["root"] != nil }
    #expect(sleeping.count > 1)
    let errors = try image.run("map sleep").errors
    for process in sleeping { #expect(errors.contains("\(process["pid"] ?? "")")) }
  }

  @Test("--paging overrules what is found: the wrong format finds no kernel", arguments: KernelImage.all)
  func paging(_ image: KernelImage) throws {
    let facts = try image.objects("info --evidence")
    let format = try #require(facts.first { $0["name"] as? String == "paging" }?["value"] as? String)
    #expect(try image.run("ps --paging \(format)").output == image.run("ps").output)
    let outcome = try image.run("ps --paging alpha")
    #expect(outcome.status == 2)
    #expect(outcome.errorLines.count == 1 && outcome.errors.contains("page table"))
  }

  @Test("--master and --offset overrule what is found, which stays on record", arguments: KernelImage.all)
  func overrules(_ image: KernelImage) throws {
    let options = "--master 1000 --offset vm_area_struct.vm_pgoff=4 --kernel-offset 200000"
    let facts = try image.objects("info --evidence \(options)")
    Contract.fact.expect(facts)
    let master = try #require(facts.first { $0["name"] as? String == "kernel page table" })
    #expect(master["value"] as? String == "0x1000" && master["method"] as? String == "user")
    let dissent = try #require(master["disagreeing"] as? [[String: Any]])
    #expect(dissent.contains { $0["method"] as? String == "shape" })
    let slide = try #require(facts.first { $0["name"] as? String == "kernel offset (KASLR)" })
    #expect(slide["value"] as? String == "0x200000" && slide["method"] as? String == "user")
    let offset = try #require(facts.first { $0["name"] as? String == "vm_area_struct.vm_pgoff" })
    #expect(offset["value"] as? String == "4" && offset["method"] as? String == "user")
  }

  // MARK: info, compare, audit

  @Test("info --evidence says of every fact what says so", arguments: KernelImage.all)
  func evidence(_ image: KernelImage) throws {
    let facts = try image.objects("info --evidence")
    Contract.fact.expect(facts)
    let names = facts.compactMap { $0["name"] as? String }
    #expect(Set(names).count == names.count)
    let wanted: Set = ["release", "paging", "kernel page table", "tasks", "task_struct.mm", "mm_struct.pgd"]
    #expect(wanted.isSubset(of: names))
    // A healthy kernel's witnesses agree.
    #expect(facts.allSatisfy { $0["disagreeing"] == nil })
    let text = try image.run("info --evidence")
    #expect(text.lines.filter { !$0.hasPrefix("  ") }.count == facts.count)
  }

  @Test("compare keeps the contract; the status says whether something differs", arguments: KernelImage.all)
  func compare(_ image: KernelImage) throws {
    let outcome = try image.run("compare --format json")
    let objects = try outcome.objects()
    Contract.comparison.expect(objects)
    let differs = objects.contains { object in
      ["deferred", "stale", "different"].contains { (object[$0] as? [Any])?.isEmpty == false }
    }
    #expect(outcome.status == (differs ? 1 : 0))
    #expect(objects.contains { $0["command"] as? String == "init" })
  }

  @Test(
    "audit finds nothing that is not explained, and stats counts every process", arguments: KernelImage.all)
  func audit(_ image: KernelImage) throws {
    let audit = try image.run("audit")
    #expect(audit.status == 0, "\(audit.output)")
    let statistics = try image.objects("stats")
    Contract.statistics.expect(statistics)
    let roots = try image.objects("ps").filter { $0["root"] != nil }.count
    #expect(statistics.count { $0["scope"] as? String == "process" } <= roots)
    #expect(statistics.contains { $0["scope"] as? String == "kernel" })
  }
}
