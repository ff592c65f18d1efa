import Foundation
import Testing

/// One after the other: QEMU talks to one program at a time.
@Suite(
  "Commands on virtual machines that run", .serialized,
  .enabled(if: ServedGuest.isExpected, "no guest is built; run scripts/guests build"))
struct VirtualMachineTests {
  @Test("there are virtual machines to look into")
  func areThere() { #expect(ServedGuest.all.count == ServedGuest.kinds.count) }

  private func objects(_ outcome: Command.Outcome) throws -> [[String: Any]] {
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try outcome.objects()
  }

  @Test(
    "info tells the RAM, the way to it and the registers that QEMU's debugger tells",
    arguments: ServedGuest.all)
  func info(_ guest: ServedGuest) throws {
    // Standing still, so that both see the same registers. Who did not stop it does not let it go on.
    try guest.ask("stop")
    let expected = Dictionary(
      uniqueKeysWithValues: try guest.ask("registers 0").map { word in
        let parts = word.split(separator: "=").map(String.init)
        return (parts[0].replacing("_el1", with: ""), "0x" + parts[1])
      })
    let object = try #require(
      try objects(Command.run("info", "-s", try guest.source(), "--pause", "--format", "json")).first)
    #expect(try guest.ask("status") == ["paused"])
    #expect(object["kind"] as? String == "qemu")
    let values = try #require(
      (object["registers"] as? [[String: Any]])?.first?["values"] as? [String: String])
    let wanted: Set =
      switch guest.kind.name {
      case "amd64": ["cr0", "cr2", "cr3", "cr4", "efer"]
      case "arm64": ["ttbr0", "ttbr1", "tcr"]
      case "armhf": ["ttbr0", "ttbr1", "ttbcr"]
      default: ["satp", "pc"]
      }
    for name in wanted { #expect(values[name] == expected[name], "\(name)") }
    let base = ["amd64": "0x0", "riscv64": "0x80000000"][guest.kind.name] ?? "0x40000000"
    let ranges = try #require(object["ranges"] as? [[String: String]])
    #expect(ranges.first?["start"] == base)
    #expect(
      ranges.last?["end"] == "0x"
        + String((UInt64(base.dropFirst(2), radix: 16) ?? 0) + (256 << 20), radix: 16))
    let notes = (object["notes"] as? [String] ?? []).joined(separator: "\n")
    let way = [
      "file": "RAM is mapped from ram", "memfd": "RAM is mapped from /memfd:",
      "plain": "RAM is read from /proc/",
    ]
    #expect(notes.contains(way[guest.kind.memory] ?? "?"), "\(notes)")
    try guest.ask("cont")
  }

  @Test("ps lists the processes that the guest printed", arguments: ServedGuest.all)
  func processes(_ guest: ServedGuest) throws {
    func isSteady(_ name: String) -> Bool { !name.hasPrefix("kworker") }
    var expected: [Int: String] = [:]
    for line in try guest.printed("tasks").split(separator: "\n") {
      let words = line.split(separator: " ", maxSplits: 1)
      // A kernel thread's name is longer there than in memory.
      let name = String(words[1].prefix(15))
      if let pid = Int(words[0]), isSteady(name) { expected[pid] = name }
    }
    let objects = try objects(Command.run("ps", "-s", try guest.source(), "--format", "json"))
    Contract.process.expect(objects)
    var found: [Int: String] = [:]
    for object in objects {
      guard let pid = object["pid"] as? Int, let name = object["command"] as? String else { continue }
      if pid != 0, isSteady(name) { found[pid] = name }
    }
    #expect(Set(found.keys) == Set(expected.keys))
    // One that was printed with its parent's name had not yet begun its own program.
    for (pid, name) in expected where name != expected[1] || pid == 1 { #expect(found[pid] == name) }
  }

  @Test("every page of a process is where QEMU's own walk finds it", arguments: ServedGuest.all)
  func walks(_ guest: ServedGuest) throws {
    let cpu = try guest.ask("stop-in-child")[0]
    defer { _ = try? guest.ask("cont") }
    let child = try guest.ready().child
    var pages: [UInt64] = []
    for line in try guest.printed("maps").split(separator: "\n") {
      guard let match = line.firstMatch(of: /^([0-9a-f]+)-([0-9a-f]+) ..../), !line.hasSuffix("[vsyscall]"),
        let first = UInt64(match.1, radix: 16), let end = UInt64(match.2, radix: 16)
      else { continue }
      // Areas have up to two thousand pages; the first ones, and some of the others.
      pages += stride(from: first, to: end, by: 4096).enumerated()
        .filter { $0.offset < 40 || $0.offset % 37 == 0 }.map { $0.element | 0x123 }
    }
    let digits = pages.map { String($0, radix: 16) }
    let expected = try stride(from: 0, to: digits.count, by: 64).flatMap { start in
      try guest.ask("gva2gpa \(cpu) " + digits[start..<min(start + 64, digits.count)].joined(separator: " "))
    }
    let outcome = try Command.run(
      "walk", "-s", try guest.source(), "\(child)", "-", "--format", "json",
      input: digits.joined(separator: "\n"))
    let objects = try outcome.objects()
    try #require(objects.count == pages.count, "\(outcome.errors)")
    var differences: [String] = []
    var mapped = 0
    for (object, answer) in zip(objects, expected) {
      let physical = (object["physical"] as? String)?.dropFirst(2)
      if physical != nil { mapped += 1 }
      if (physical.map(String.init) ?? "unmapped") != answer {
        differences.append("\(object["virtual"] ?? ""): \(physical ?? "unmapped"), QEMU: \(answer)")
      }
    }
    #expect(differences.isEmpty, "\(differences.prefix(8))")
    #expect(mapped > 50)
    // The CPU's registers lead to the same tables.
    let sample = try #require(zip(digits, expected).first { $1 != "unmapped" })
    let loaded = try self.objects(
      Command.run(
        "walk", "-s", try guest.source(), "--pause", "--cpu", cpu, sample.0, "--format", "json"))
    #expect(loaded.first?["physical"] as? String == "0x" + sample.1)
  }

  @Test("the values of the probe's pages are those that it stored", arguments: ServedGuest.all)
  func values(_ guest: ServedGuest) throws {
    let child = try guest.ready().child
    // PAGE role=child region=cow n=0 va=0x... pagemap=0x... w0=0x... w1=0x...
    let stored = try guest.printed("probe").split(separator: "\n").compactMap { line in
      line.firstMatch(of: /^PAGE role=child .* va=0x([0-9a-f]+) .* w0=0x([0-9a-f]+)\b/).map { ($0.1, $0.2) }
    }
    try #require(stored.count > 10)
    let outcome = try Command.run(
      "walk", "-s", try guest.source(), "\(child)", "-", "--length", "8", "--format", "json",
      input: stored.map { String($0.0) }.joined(separator: "\n"))
    for (object, expected) in zip(try outcome.objects(), stored) {
      let bytes = (object["value"] as? String ?? "")
      let pairs = stride(from: 0, to: bytes.count, by: 2).map { bytes.dropFirst($0).prefix(2) }
      #expect(UInt64(pairs.reversed().joined(), radix: 16) == UInt64(expected.1, radix: 16), "\(expected.0)")
    }
  }

  @Test(
    "the debugger stub reads the same tables, only of a machine that may be stopped",
    arguments: ServedGuest.all)
  func stub(_ guest: ServedGuest) throws {
    // A process that is not QEMU: neither its files nor its memory are the machine's.
    let stranger = "\(try guest.source()),pid=\(ProcessInfo.processInfo.processIdentifier)"
    let refused = try Command.run("walk", "-s", stranger, "--cpu", "0", "0")
    #expect(refused.status == 2)
    #expect(refused.errorLines.count == 1)
    #expect(refused.errors.contains("--pause"))
    #expect(try guest.ask("status") == ["running"])

    let cpu = try guest.ask("stop-in-child")[0]
    let child = try guest.ready().child
    let address = try #require(
      try guest.printed("probe").firstMatch(of: /VAR role=child name=a va=0x([0-9a-f]+)\b/)?.1)
    func physical(_ source: String, _ options: String...) throws -> [String: Any] {
      let words = ["walk", "-s", source, "--pause", "--format", "json"] + options + [String(address)]
      let outcome = try Command.shell("\"$pagewalk\" " + words.joined(separator: " "))
      var object = try #require(try objects(outcome).first)
      for name in ["source", "evidence", "process", "rootKernelAddress", "physicalKernelAddress"] {
        object[name] = nil
      }
      return object.filter { $0.key != "steps" }
    }
    let byFile = try physical(try guest.source(), "--cpu", cpu)
    let byStub = try physical(stranger, "--cpu", cpu)
    #expect(NSDictionary(dictionary: byFile).isEqual(to: byStub))
    #expect(byFile["outcome"] as? String == "mapped")
    #expect(child > 0)
    #expect(try guest.ask("status") == ["paused"])
    try guest.ask("cont")

    // Where QEMU has no stub, it is told to make one, and to forget it.
    guard guest.kind.name == "arm64" else { return }
    try guest.ask("forget-debugger")
    let own = try objects(Command.run("info", "-s", try guest.source(), "--pause", "--format", "json"))
    let values = (own.first?["registers"] as? [[String: Any]])?.first?["values"] as? [String: String]
    #expect(values?["ttbr1"] != nil)
    #expect(try guest.ask("status") == ["running"])
  }

  @Test(
    "--pause stops the machine while the command runs; it goes on after the end, an error, or a signal, SIGKILL too",
    arguments: ServedGuest.all)
  func pause(_ guest: ServedGuest) throws {
    let source = try guest.source()
    func until(_ status: String) throws {
      let end = ContinuousClock.now + .seconds(60)
      while try guest.ask("status") != [status], ContinuousClock.now < end {}
    }
    #expect(try guest.ask("status") == ["running"])
    #expect(try Command.run("ps", "-s", source, "--pause").status == 0)
    #expect(try guest.ask("status") == ["running"])
    let failed = try Command.run("walk", "-s", source, "--pause", "no-such-process", "0")
    #expect(failed.status == 2 && failed.errorLines.count == 1)
    #expect(try guest.ask("status") == ["running"])
    #expect(
      try Command.shell("\"$pagewalk\" map -s \(source) --pause \(try guest.ready().child) | head -n 1").lines
        .count == 1)
    #expect(try guest.ask("status") == ["running"])
    for signal in [SIGINT, SIGTERM, SIGHUP, SIGKILL] {
      // It waits for more addresses when the first one is answered.
      let command = try RunningCommand([
        "walk", "-s", source, "--pause", "\(try guest.ready().child)", "-", "--format", "json",
      ])
      try command.type("1000\n")
      // What is printed may wait in a buffer; that the machine stands still is told by QEMU.
      try until("paused")
      #expect(try guest.ask("status") == ["paused"])
      command.send(signal)
      let outcome = command.end()
      #expect(outcome.reason == .uncaughtSignal && outcome.status == signal)
      // Killed outright, it can do nothing any more: another process does it for it, as soon as it gets to.
      if signal == SIGKILL { try until("running") }
      #expect(try guest.ask("status") == ["running"])
    }
    // Whoever did it talks to QEMU no more.
    #expect(try Command.run("info", "-s", source).status == 0)
  }
}
