import KernelLab
import Synchronization

/// The scenarios that pages are stepping through. There are few: the one that was not asked for the longest goes
/// when there is no room.
final class LabSessions: Sendable {
  private struct State {
    var sessions: [(name: String, session: LabSession)] = []
  }

  static let limit = 8
  /// More text is no scenario for a page.
  static let byteLimit = 64 << 10
  /// What a page's machine may have at most: what is kept of a machine grows with it.
  static let ramLimit: UInt64 = 2 << 30

  private let state = Mutex(State())

  /// Parses a scenario and keeps it.
  func add(_ text: String) throws(ScenarioError) -> LabSessionPicture {
    let start = SourcePosition(line: 1, column: 1)
    guard text.utf8.count <= Self.byteLimit else {
      throw ScenarioError(file: "scenario", position: start, message: "more than 64 KiB of text")
    }
    let scenario = try ScenarioParser.parse(text, file: "scenario")
    let profile: Profile
    do {
      profile = try scenario.machine.profile()
    } catch {
      throw ScenarioError(file: "scenario", position: scenario.machinePosition, message: "\(error)")
    }
    guard profile.ramByteCount <= Self.ramLimit else {
      throw ScenarioError(
        file: "scenario", position: scenario.machinePosition,
        message: "a machine of \(sizeText(profile.ramByteCount)) is too large for the explorer; "
          + "ram=2G is the most, `pagewalk lab run` has no such limit")
    }
    let session = LabSession(scenario)
    let name = String(UInt64.random(in: .min ... .max), radix: 16)
    state.withLock { state in
      if state.sessions.count >= Self.limit { state.sessions.removeFirst() }
      state.sessions.append((name, session))
    }
    return LabSessionPicture(
      session: name,
      actions: scenario.statements.map { .init(line: $0.position.line, text: $0.text) })
  }

  /// The session of a name; it counts as asked for.
  func session(_ name: String) throws(ExplorerError) -> LabSession {
    let session = state.withLock { state -> LabSession? in
      guard let place = state.sessions.firstIndex(where: { $0.name == name }) else { return nil }
      let found = state.sessions.remove(at: place)
      state.sessions.append(found)
      return found.session
    }
    guard let session else {
      throw ExplorerError(
        .notFound, "no such session, or it was closed for newer ones; run the scenario again")
    }
    return session
  }
}

/// A scenario that can be stepped through.
struct LabSessionPicture: Encodable {
  struct Action: Encodable {
    var line: Int
    var text: String
  }

  var session: String
  var actions: [Action]
}

/// What is wrong with a scenario's text, and where. It is an answer: the page marks the place.
struct ScenarioErrorPicture: Encodable {
  struct Place: Encodable {
    var line: Int
    var column: Int
    var message: String

    init(_ error: ScenarioError) {
      line = error.position.line
      column = error.position.column
      message = error.message
    }
  }

  var error: Place
}
