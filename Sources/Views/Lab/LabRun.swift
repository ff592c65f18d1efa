import Foundation
public import KernelLab

/// Scenarios from files.
public enum LabRun {
  /// Reads and parses a scenario.
  public static func scenario(at path: String) throws(SourceError) -> Scenario {
    let data: Data
    do {
      data =
        try path == "-"
        ? FileHandle.standardInput.readToEnd() ?? Data() : Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      throw SourceError("\(path): cannot be read: \((error as NSError).localizedDescription)")
    }
    guard let text = String(data: data, encoding: .utf8) else {
      throw SourceError("\(path): is not text in UTF-8")
    }
    return try scenario(text, file: path)
  }

  /// Parses a scenario's text.
  public static func scenario(_ text: String, file: String) throws(SourceError) -> Scenario {
    do {
      return try ScenarioParser.parse(text, file: file)
    } catch {
      throw SourceError(error.description)
    }
  }

  /// Boots the scenario's machine.
  public static func runner(
    _ scenario: Scenario, options: ScenarioRunner.Options = .init()
  ) throws(SourceError) -> ScenarioRunner {
    do {
      return try ScenarioRunner(scenario, options: options)
    } catch {
      throw SourceError(error.description)
    }
  }

  /// The machine as a scenario leaves it.
  public static func image(ofScenarioAt path: String) throws(SourceError) -> LabImage {
    try image(of: try scenario(at: path))
  }

  public static func image(of scenario: Scenario) throws(SourceError) -> LabImage {
    var runner = try runner(scenario)
    while try step(&runner) != nil {}
    return LabImage(runner.takeMachine())
  }
}

extension LabRun {
  /// Runs one line.
  public static func step(_ runner: inout ScenarioRunner) throws(SourceError) -> ActionRecord? {
    do {
      return try runner.step()
    } catch {
      throw SourceError(error.description)
    }
  }

  /// Runs the scenario of a file, then one more line with everything about it recorded.
  public static func explain(_ line: String, after path: String) throws(SourceError) -> ActionRecord {
    var runner = try runner(try scenario(at: path))
    while try step(&runner) != nil {}
    do {
      return try runner.explain(line)
    } catch {
      throw SourceError(error.description)
    }
  }
}
