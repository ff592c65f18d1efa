import KernelOracle
import Testing

@testable import KernelLab

@Suite("The lab against the running kernel", .serialized)
struct VerificationTests {
  static let canRun = (try? RunningKernel().start()) != nil

  @Test("random programs do the same in both", .enabled(if: canRun), arguments: 0..<20)
  func randomPrograms(seed: Int) throws {
    let kernel = try RunningKernel()
    var verification = try Verification(kernel.conditions)
    if let mismatch = try verification.verify(seed: UInt64(seed), length: 100, kernel) {
      let shortest = try verification.shrink(mismatch, kernel)
      Issue.record("\(shortest.difference)\n\(shortest.program.text)")
    }
    #expect(verification.operationCount >= 100)
  }

  @Test("programs for rare rules do the same in both", .enabled(if: canRun), arguments: DirectedProgram.all)
  func directedPrograms(_ directed: DirectedProgram) throws {
    let kernel = try RunningKernel()
    var verification = try Verification(kernel.conditions)
    let mismatch = try verification.verify(try directed.program(), kernel)
    #expect(
      mismatch == nil, "\(directed.rule): \(mismatch?.difference ?? "")\n\(mismatch?.program.text ?? "")")
  }

  @Test(
    "a wrong rule is noticed, and the program that shows it becomes short", .enabled(if: canRun),
    arguments: [WrongRule.gap, .faultAround, .stackLimit])
  func wrongRules(_ wrong: WrongRule) throws {
    let kernel = try RunningKernel()
    var verification = try Verification(kernel.conditions)
    verification.runner.machine = try Machine.boot(wrong.spoil(verification.runner.machine.profile))
    verification.runner.machine.log.isRecording = true
    var found: Mismatch?
    var seed: UInt64 = 0
    while found == nil, seed < 100 {
      found = try verification.verify(seed: seed, length: 150, kernel, tries: 1)
      seed += 1
    }
    let mismatch = try #require(found)
    let shortest = try verification.shrink(mismatch, kernel)
    #expect(shortest.program.operations.count <= mismatch.program.operations.count)
    #expect(shortest.program.operations.count < 20)
  }

  /// What was seen of some kernel, and a word of why the lab is not compared with it.
  struct Refusal: Sendable, CustomTestStringConvertible {
    var name: String
    var release = "6.1.0-50-686"
    var architecture = "i686"
    var span: UInt64 = 4 << 20
    var counted: UInt64 = 4096
    var userEnd: UInt64 = 0xc000_0000
    var profile: String?
    var reason: String
    var testDescription: String { name }

    var conditions: Conditions {
      Conditions(
        release: release, architecture: architecture, pageSizeBytes: 4096,
        lastTable: .init(spanBytes: span, countedBytes: counted), userEnd: userEnd,
        control: 0x1030_0000..<0x1034_0000, code: 0x103f_d000..<0x103f_e000, stackLimitBytes: 8 << 20,
        lockLimitBytes: nil, hugePages: nil, counterSource: .rollup, framesVisible: true, softDirty: .absent,
        base: KernelOracle.Counters(
          residentAnonymousKiB: 0, residentFileKiB: 260, pageTablesKiB: 4, totalKiB: 260, lockedKiB: 0,
          dataKiB: 0), notes: [])
    }
  }

  @Test(
    "a kernel without rules, and another machine than was seen, are refused",
    arguments: [
      Refusal(name: "older", release: "5.10.0-32-686", reason: "older than 6.1"),
      Refusal(name: "no release", release: "next", reason: "does not begin with"),
      Refusal(name: "another architecture", architecture: "s390x", reason: "no such machine"),
      Refusal(name: "other tables", span: 8 << 20, reason: "no profile has"),
      Refusal(name: "64 bits", userEnd: 0x7fff_ffff_f000, reason: "no profile has"),
      Refusal(name: "PAE", profile: "i386-pae", reason: "i386 would do"),
      Refusal(name: "ARM", profile: "arm", reason: "arm is another machine, i386 would do"),
    ])
  func refuses(_ refusal: Refusal) throws {
    do {
      let machine = try refusal.profile.map { try #require(Profile.named($0)) }
      _ = try Verification(refusal.conditions, on: machine)
      Issue.record("it was taken")
    } catch let error as VerificationError {
      #expect(error.description.contains(refusal.reason), "\(error)")
      #expect(error.description.contains(refusal.release))
    }
  }

  @Test(
    "the page tables that were seen choose the profile",
    arguments: [
      (Refusal(name: "i386", reason: ""), "i386"),
      (Refusal(name: "PAE", span: 2 << 20, reason: ""), "i386-pae"),
      (
        Refusal(
          name: "ARM", architecture: "armv7l", span: 2 << 20, counted: 2048, userEnd: 0xbf00_0000,
          reason: ""), "arm"
      ),
      (
        Refusal(name: "LPAE", architecture: "armv7l", span: 2 << 20, userEnd: 0xbf00_0000, reason: ""),
        "arm-lpae"
      ),
      (
        Refusal(name: "64", architecture: "x86_64", span: 2 << 20, userEnd: 0x7fff_ffff_f000, reason: ""),
        "x86-64"
      ),
    ])
  func chooses(_ seen: Refusal, _ name: String) throws {
    #expect(try Profile.seen(seen.conditions).profile.name == name)
  }

  @Test(
    "programs for other machines are the same again, and can be read", arguments: ["i386", "arm", "x86-64"])
  func series(_ name: String) throws {
    let profile = try #require(Profile.named(name))
    var texts: [String] = []
    for _ in 0..<2 {
      var series = try ProgramSeries(profile, seed: 3, length: 40)
      var programs: [Program] = []
      for _ in 0..<30 { programs.append(try series.next()) }
      texts.append(Program.text(of: programs))
      #expect(try Program.all(in: Program.text(of: programs)) == programs)
    }
    #expect(texts[0] == texts[1])
    var other = try ProgramSeries(profile, seed: 4, length: 40)
    for _ in 0..<29 { _ = try other.next() }
    #expect(!texts[0].contains(try other.next().text))
  }

  enum WrongRule: CaseIterable {
    case gap, faultAround, stackLimit

    func spoil(_ profile: Profile) -> Profile {
      var profile = profile
      switch self {
      case .gap: profile.areaRules.stackGapPages = 255
      case .faultAround: profile.areaRules.faultAroundPages = 8
      case .stackLimit: profile.areaRules.stackLimitPages -= 1
      }
      return profile
    }
  }
}
