import Foundation
import KernelOracle

/// Runs a program and keeps all that was seen.
struct Harness {
  let conditions: Conditions
  /// By operation.
  var outcomes: [Outcome] = []
  /// Before the first operation, and after each.
  var states: [[ProcessState]] = []

  static let canRun = (try? RunningKernel().start()) != nil

  static let compiler = ["/usr/bin/cc", "/usr/bin/gcc", "/usr/bin/clang"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  static func run(_ text: String) throws -> Harness {
    let kernel = try RunningKernel()
    var harness = Harness(conditions: kernel.conditions)
    try kernel.run(try Program(text: text)) { observation in
      if let step = observation.step { harness.outcomes.append(step.outcome) }
      harness.states.append(observation.processes ?? [])
    }
    return harness
  }

  /// A process at the end.
  func last(_ slot: Int) -> ProcessState { states[states.count - 1].first { $0.slot == slot }! }
}
