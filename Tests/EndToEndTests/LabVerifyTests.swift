import KernelOracle
import Testing

@Suite("pagewalk lab verify")
struct LabVerifyTests {
  /// Why the kernel here cannot be observed; nil if it can.
  static let refusal: String? = {
    guard let outcome = try? Command.run("lab", "verify", "--operations", "1") else { return "not built" }
    return outcome.status == 2 ? outcome.errors : nil
  }()

  @Test(
    "the lab does what the running kernel does in 3,000 operations",
    .disabled(if: refusal != nil, "\(refusal ?? "")"))
  func runningKernel() throws {
    let outcome = try Command.run("lab", "verify", "--operations", "3000", "--format", "json")
    let report = try #require(try outcome.objects().first)
    #expect(outcome.status == 0, "\(outcome.output)")
    #expect(report["schema"] as? String == "pagewalk.lab-verify/1")
    #expect((report["operations"] as? Int ?? 0) >= 3000)
    #expect((report["programs"] as? Int ?? 0) > 20)
    #expect((report["mismatches"] as? [Any])?.isEmpty == true)
    #expect((report["release"] as? String)?.isEmpty == false)
  }

  @Test(
    "another machine than the one that runs is refused, with one that would do",
    .disabled(if: refusal != nil, "\(refusal ?? "")"))
  func anotherMachine() throws {
    let outcome = try Command.run("lab", "verify", "--operations", "500", "--profile", "alpha")
    #expect(outcome.status == 2)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.contains("alpha is another machine"))
  }

  @Test(
    "a log that was recorded is followed, and one operation that was changed in it is a mismatch",
    .disabled(if: refusal != nil, "\(refusal ?? "")"))
  func log() throws {
    let kernel = try RunningKernel()
    var writer = LogWriter(kernel.conditions)
    let program = try Program(
      text: """
        0 mmap 100000000000 4000 rw- private,anonymous,fixed - 0
        0 write 100000000000 4
        0 munmap 100000001000 1000
        """)
    try kernel.run(program) { writer.append($0) }
    let text = writer.take()
    let same = try Command.run("lab", "verify", "--replay", "-", "--format", "json", input: text)
    #expect(same.status == 0, "\(same.output)\(same.errors)")
    #expect(try same.objects().first?["operations"] as? Int == 3)
    #expect(try same.objects().first?["log"] as? String == "-")
    let changed = text.replacing("munmap 100000001000", with: "munmap 100000002000")
    #expect(changed != text)
    let other = try Command.run("lab", "verify", "--replay", "-", input: changed)
    #expect(other.status == 1, "\(other.output)\(other.errors)")
    #expect(other.output.contains("mismatches  1") && other.output.contains("0 munmap 100000002000 1000"))
  }

  @Test("a log that is none is refused in one line with its place")
  func malformedLog() throws {
    let outcome = try Command.run("lab", "verify", "--replay", "-", input: "nothing\n")
    #expect(outcome.status == 2)
    #expect(outcome.errorLines.count == 1 && outcome.errors.contains("line 1, column 1"), "\(outcome.errors)")
    let missing = try Command.run("lab", "verify", "--replay", "/nowhere/log")
    #expect(missing.status == 2 && missing.errors.contains("/nowhere/log"))
  }
}
