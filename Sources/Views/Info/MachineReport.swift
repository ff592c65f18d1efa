import PageTables

/// The machine of the lab, ready to be shown: `pagewalk.machine/1`.
public struct MachineReport: JSONReport, Sendable {
  public static let schema = "pagewalk.machine/1"

  public struct Space: Encodable, Sendable {
    public var pid: Int?
    public var command: String?
    public var format: String
    public var root: JSONAddress
  }

  public var source: String
  /// What it is, for a person.
  private var about = "a simulated machine"
  public var spaces: [Space]

  enum CodingKeys: String, CodingKey { case source, spaces }

  public init(_ source: Source) {
    self.source = source.name
    if let told = source.told { about = told.summary }
    spaces = (source.spaces + [source.kernel].compactMap(\.self)).map {
      Space(
        pid: $0.process?.pid, command: $0.process?.command, format: "\($0.format.name)",
        root: JSONAddress($0.root.lower.rawValue))
    }
  }

  public var text: String {
    var table = TextTable(header: ["pid", "command", "format", "root"])
    for space in spaces {
      table.add(
        space.pid.map { "\($0)" } ?? "-", space.command ?? "kernel", space.format,
        hexadecimal(space.root.value))
    }
    return (["source  \(source): \(about)", ""] + table.lines).joined(separator: "\n")
  }
}
