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
