import PageTables

/// The built-in machine, ready to be shown: `pagewalk.machine/1`.
public struct BuiltInReport: JSONReport, Sendable {
  public static let schema = "pagewalk.machine/1"

  public struct Space: Encodable, Sendable {
    public var pid: Int?
    public var command: String?
    public var format: String
    public var root: JSONAddress
  }

  public var source: String
  public var spaces: [Space]

  public init(_ source: Source) {
    self.source = source.name
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
    return (["source  \(source): a small built-in machine", ""] + table.lines).joined(separator: "\n")
  }
}
