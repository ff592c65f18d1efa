import Foundation
import Testing

@Suite("pagewalk lab replay")
struct LabReplayTests {
  /// Two pages side by side, one far away, all in areas of 2 MiB that do not touch; one access crosses a border.
  private static let trace = """
    I  00400000,4
     L 00400008,8
     S 00401000,8
     M 7f000000,4
     L 00400ffc,8
    I  00400010,4

    """

  private func replay(_ arguments: String..., input: String = trace) throws -> [[String: Any]] {
    let outcome = try Command.shell(
      "printf '%s' '\(input)' | $pagewalk lab replay - --format json " + arguments.joined(separator: " "))
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try outcome.objects()
  }

  @Test("counts what can be counted by hand, on every machine that is asked for, in one pass")
  func counts() throws {
    let reports = try replay("--profile", "x86-64,arm", "--profile", "riscv64/ram=256M")
    #expect(reports.map { $0["profile"] as? String } == ["x86-64", "arm", "riscv64"])
    for report in reports {
      #expect(report["schema"] as? String == "pagewalk.lab-replay/1")
      #expect(report["records"] as? Int == 7, "M is a read and a write")
      #expect(report["accesses"] as? Int == 8, "one crosses a border")
      #expect(report["residentBytes"] as? Int == 2 * 4096, "two pages are written, the third is only read")
      #expect(report["areas"] as? Int == 2)
      #expect(report["majorFaults"] as? Int == 0)
      #expect(report["refused"] as? Int == 0)
      let hits = try #require(report["tlbHits"] as? Int)
      #expect(hits + (report["tlbMisses"] as? Int ?? 0) == 8)
      #expect(hits >= 2)
    }
    // Fetch, write of its neighbour, read of the far one and its write.
    #expect(reports[0]["minorFaults"] as? Int == 4)
    // One pud, two pmds, two last tables: the addresses are 1 GiB apart. The top table is not counted.
    #expect(reports[0]["tableBytes"] as? Int == 5 * 4096)
  }

  @Test("addresses that a machine has not are refused there, and done elsewhere")
  func refused() throws {
    let reports = try replay("--profile", "i386,x86-64", input: " S 7fff00000000,8\n S ffffffff81000000,8\n")
    #expect(reports[0]["refused"] as? Int == 2 && reports[0]["accesses"] as? Int == 0)
    #expect(reports[1]["refused"] as? Int == 1 && reports[1]["accesses"] as? Int == 1)
  }

  @Test("the compact form that -o writes replays to the same counts")
  func compact() throws {
    let folder = try TemporaryFolder()
    let trace = folder.write(Array(Self.trace.utf8), "trace")
    let file = trace + ".compact"
    let outcome = try Command.run("lab", "replay", trace, "-o", file)
    #expect(outcome.status == 0 && outcome.output.contains("7 records, 2 fetches, 3 reads, 2 writes"))
    let again = try Command.run("lab", "replay", trace, "-o", file)
    #expect(again.status == 2 && again.errors.contains("--force"))
    let itself = try Command.run("lab", "replay", trace, "-o", trace, "--force")
    #expect(itself.status == 2)
    let text = try Command.run("lab", "replay", trace, "--format", "json")
    #expect(text.status == 0)
    #expect(try Command.run("lab", "replay", file, "--format", "json").output == text.output)
    _ = folder
  }

  @Test("memory that runs out stops that machine, and says what to try")
  func outOfMemory() throws {
    let outcome = try Command.shell(
      "for i in $(seq 0 9999); do printf ' S %x000,8\\n' $((0x10000 + i)); done "
        + "| $pagewalk lab replay - --profile x86-64/ram=32M")
    #expect(outcome.status == 1, "\(outcome.errors)")
    #expect(outcome.output.contains("stopped at 0x") && outcome.output.contains("ram=4G"))
  }

  @Test("a trace that is none and an unknown machine are refused in one line")
  func refusals() throws {
    let malformed = try Command.run("lab", "replay", "-", input: "I  00400000,4\nI  00400000\n")
    #expect(malformed.status == 2 && malformed.errors.contains("line 2"), "\(malformed.errors)")
    #expect(try Command.run("lab", "replay", "-", "--profile", "pdp11", input: Self.trace).status == 2)
    #expect(try Command.run("lab", "replay", "/nowhere/trace").status == 2)
  }
}
