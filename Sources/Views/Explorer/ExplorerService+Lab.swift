import KernelLab

extension ExplorerService {
  /// Begins a scenario: an answer with its session and its lines, or with what is wrong with the text.
  public func runScenario(_ text: String) -> ExplorerAnswer {
    do throws(ScenarioError) {
      return Self.encode(try sessions.add(text))
    } catch {
      return Self.encode(ScenarioErrorPicture(error: .init(error)))
    }
  }

  /// How many steps a session's scenario has.
  ///
  /// - Throws: if there is no such session.
  public func stepCount(ofSession name: String) throws(ExplorerError) -> Int {
    try sessions.session(name).stepCount
  }

  func stories(_ query: ExplorerQuery) throws(ExplorerError) -> [LabStory] { LabStory.all }

  func labStep(_ query: ExplorerQuery) throws(ExplorerError) -> ExplorerAnswer {
    let name = try query.required(query.text("session"), "session")
    let step = try query.required(try query.number("step", in: 0...1 << 24), "step")
    return try sessions.session(name).answer(Int(step), session: name)
  }
}
