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
    if let mismatch = try verification.verify(seed: UInt64(seed), length: 200, kernel) {
      let shortest = try verification.shrink(mismatch, kernel)
      Issue.record("\(shortest.difference)\n\(shortest.program.text)")
    }
  }
}
