import KernelLab
import Synchronization

/// One scenario that is stepped through: forwards by running a line more, backwards by running it again from the
/// start, which comes to the same (the lab is deterministic).
final class LabSession: Sendable {
  /// What the scenario of a stranger may do at most.
  static let actionLimit: UInt64 = 50_000
  /// How many answers are kept.
  private static let answerLimit = 128

  private struct State: ~Copyable {
    var runner: ScenarioRunner?
    /// How many lines have run.
    var step = 0
    /// What came of the last of them.
    var record: ActionRecord?
    var failure: ScenarioError?
    var answers: [Int: ExplorerAnswer] = [:]
  }

  private let scenario: Scenario
  private let state: Mutex<State>

  init(_ scenario: Scenario) {
    self.scenario = scenario
    state = Mutex(State())
  }

  var stepCount: Int { scenario.statements.count }

  /// The machine after `step` lines.
  ///
  /// - Throws: if another step is being worked out, or the machine does not boot.
  func answer(_ step: Int, session: String) throws(ExplorerError) -> ExplorerAnswer {
    guard step <= stepCount else {
      throw ExplorerError(.badRequest, "the scenario has \(stepCount) steps; there is no step \(step)")
    }
    let scenario = scenario
    let result = state.withLockIfAvailable { state -> Result<ExplorerAnswer, ExplorerError> in
      do throws(ExplorerError) {
        return .success(try Self.answer(step, session: session, of: scenario, &state))
      } catch {
        return .failure(error)
      }
    }
    guard let result else {
      throw ExplorerError(.busy, "another step of this scenario is being worked out; ask again in a moment")
    }
    return try result.get()
  }

  private static func answer(
    _ step: Int, session: String, of scenario: Scenario, _ state: inout State
  ) throws(ExplorerError) -> ExplorerAnswer {
    if let answer = state.answers[step] { return answer }
    do throws(ScenarioError) {
      if state.runner == nil || step < state.step || state.failure != nil {
        let options = ScenarioRunner.Options(recordsChanges: true, explains: true, actionLimit: actionLimit)
        state.runner = try ScenarioRunner(scenario, options: options)
        state.step = 0
        state.record = nil
        state.failure = nil
      }
      while state.step < step, state.failure == nil { try advance(&state) }
    } catch {
      throw ExplorerError(.conflict, error.description)
    }
    guard let image = state.runner?.image() else {
      throw ExplorerError(.conflict, "this computer has no room for a copy of the machine's RAM")
    }
    let picture = LabStepPicture(
      session: session, step: step, of: scenario, record: state.record, failure: state.failure,
      checks: state.runner?.checkCount ?? 0, failures: state.runner?.failureCount ?? 0, image: image)
    let answer = ExplorerService.encode(picture)
    if state.answers.count >= answerLimit { state.answers = [:] }
    state.answers[step] = answer
    return answer
  }

  private static func advance(_ state: inout State) throws(ScenarioError) {
    do throws(ScenarioError) {
      state.record = try state.runner?.step() ?? nil
    } catch {
      state.record = nil
      state.failure = error
    }
    state.step += 1
  }
}

extension ScenarioRunner {
  /// The machine as it is now; nil if there is no room for a copy of its RAM.
  fileprivate borrowing func image() -> LabImage? { try? LabImage(copying: machine) }
}
