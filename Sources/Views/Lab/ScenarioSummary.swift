public import KernelLab

/// How a scenario ended: `pagewalk.lab-summary/1`.
public struct ScenarioSummary: JSONReport, Sendable {
  public static let schema = "pagewalk.lab-summary/1"

  public var file: String
  public var profile: String
  /// Actions that ran, those in repeats each time.
  public var actions: UInt64
  public var checks: UInt64
  public var failures: UInt64
  /// What the machine has counted since boot.
  public var counters: [String: UInt64]

  enum CodingKeys: String, CodingKey { case file, profile, actions, checks, failures, counters }

  public init(_ runner: borrowing ScenarioRunner) {
    file = runner.scenario.file
    profile = runner.machine.profile.name
    actions = runner.actionCount
    checks = runner.checkCount
    failures = runner.failureCount
    counters = [:]
    for (name, path) in Counters.named { counters[name] = runner.machine.counters[keyPath: path] }
  }

  public var text: String {
    let statements =
      failures == 0 ? "\(checks) statements met" : "\(failures) of \(checks) statements not met"
    return "\(file): \(actions) actions on \(profile), \(statements)"
  }
}
