import Foundation
import Testing
import WatchedChanges

extension VirtualMachineTests {
  @Test("watch tells what a process does to its memory, step by step", arguments: ServedGuest.all)
  func watch(_ guest: ServedGuest) throws {
    let steps = try guest.ready().steps
    let (pid, page, huge) = try (
      #require(steps["pid"]), #require(steps["page"]), #require(steps["huge"])
    )
    let source = try guest.source()
    /// Begins to watch so many bytes.
    func watching(_ start: UInt64, _ size: String) throws -> RunningCommand {
      let range = "\(String(start, radix: 16))+\(size)"
      // Its end would come long after the test's.
      return try RunningCommand(
        ["watch", "-s", source, "\(pid)", range, "--every", "20ms", "--for", "10m", "--format", "json"])
    }
    var command = try watching(page, "16K")
    let first = try #require(try command.wait { !$0.isEmpty })
    #expect(first[0].contains("\"pagewalk.watch/1\"") && first[0].contains("\"mappedBytes\":0"))
    var seen = 1

    /// Has the guest do a step, and waits for the changes that it makes.
    func expect(_ step: String, _ changes: [String], from origin: UInt64) throws {
      #expect(try guest.ask("step \(step)") == ["0"], "\(step)")
      var found: [WatchedChange] = []
      let lines = try command.wait { lines in
        found = lines.dropFirst(seen).compactMap { try? WatchedChange(line: $0, from: origin) }
        return found.amount(to: changes)
      }
      seen = lines?.count ?? seen
      #expect(lines != nil, "\(step): \(found), not \(changes)")
    }

    try expect("read", ["table-added pte", "mapped 0 absent > ru"], from: page)
    try expect("write", ["copied 0 ru > rwu"], from: page)
    try expect("second", ["mapped 1 absent > rwu"], from: page)
    try expect("protect", ["protected 1 rwu > ru"], from: page)
    try expect("release", ["unmapped 1 ru > absent"], from: page)
    try expect("fork", ["protected 0 rwu > ru"], from: page)
    try expect("copy", ["copied 0 ru > rwu"], from: page)
    try expect("reap", [], from: page)
    // ARM's short descriptors know nothing of swap: only Linux's own entries beside them do.
    let swap = guest.kind.name == "armhf" ? "absent" : "swap"
    let (out, back) = swap == "swap" ? ("swapped-out", "swapped-in") : ("unmapped", "mapped")
    // The newest of these kernels lets a page be written at once that nobody else has.
    let rights = guest.kind.name == "riscv64" ? "rwu" : "ru"
    try expect("pageout", ["\(out) 0 rwu > \(swap)"], from: page)
    try expect("pagein", ["\(back) 0 \(swap) > \(rights)"], from: page)
    try expect("unmap", ["unmapped 0 \(rights) > absent", "table-removed pte"], from: page)
    command.send(SIGINT)
    let ended = command.end()
    #expect(ended.reason == .uncaughtSignal && ended.status == SIGINT)

    command = try watching(huge, "2M")
    _ = try #require(try command.wait { !$0.isEmpty })
    seen = 1
    if guest.kind.hasHugePages {
      try expect("huge", ["mapped 0 absent > rwu"], from: huge)
      // AArch64 keeps pages that are not dirty read-only, to notice the first write.
      try expect(
        "split",
        guest.kind.name == "arm64"
          ? ["table-added pte", "split 0 rwu > ru"]
          : ["table-added pte", "split 0 rwu > rwu", "split 1 rwu > ru", "split 2 rwu > rwu"], from: huge)
    }
    #expect(try guest.ask("step exit") == ["0"])
    let last = try command.wait { $0.last?.contains("\"change\":\"exited\"") == true }
    #expect(last != nil)
    let outcome = command.end()
    #expect(outcome.reason == .exit && outcome.status == 0)
  }

  @Test("watch ends after its time", arguments: ServedGuest.all.prefix(1))
  func watchEnds(_ guest: ServedGuest) throws {
    let outcome = try Command.run(
      "watch", "-s", try guest.source(), "1", "0+1G", "--for", "1ms", "--every", "1ms", "--format", "csv")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.lines.first?.hasPrefix("milliseconds,change,start,end") == true)
  }
}

@Suite("pagewalk watch, where nothing runs")
struct WatchRefusalTests {
  @Test("what does not run cannot be watched")
  func still() throws {
    let outcome = try Command.run("watch", "614", "7e9e6000+4K")
    #expect(outcome.status == 2)
    #expect(outcome.errorLines.count == 1)
    #expect(outcome.errors.contains("does not run"))
  }

  @Test(
    "bad ranges are bad usage",
    arguments: ["", "x", "2-1", "1-1", "1+0", "1+x", "ffffffffffffffff+2", "1-"])
  func ranges(_ range: String) throws {
    let outcome = try Command.run("watch", "614", range)
    #expect(outcome.status == 2)
    #expect(outcome.errorLines.count == 1)
  }

  @Test("to stop the machine that is watched makes no sense")
  func pause() throws {
    let outcome = try Command.run("watch", "-s", "qemu:/nowhere", "--pause", "614", "0+4K")
    #expect(outcome.status == 2 && outcome.errors.contains("nothing would change"))
  }

  @Test("a socket that is not there is one line")
  func nobody() throws {
    let outcome = try Command.run("ps", "-s", "qemu:/nowhere/qmp")
    #expect(outcome.status == 2 && outcome.errorLines.count == 1)
    #expect(outcome.errors.hasPrefix("pagewalk: qemu:/nowhere/qmp: cannot be connected to"))
  }
}
