import PageTables

/// What is watched: `pagewalk.watch/1`. Changes follow, as `pagewalk.change/1`.
public struct WatchReport: JSONReport, Sendable {
  public static let schema = "pagewalk.watch/1"

  public var source: String
  public var process: WalkReport.Process?
  public var format: String
  public var root: JSONAddress
  public var start: JSONAddress
  /// Exclusive.
  public var end: JSONAddress
  /// How much of the range is mapped now.
  public var mappedBytes: UInt64
  var digits: Int
  var byteCount: UInt64

  enum CodingKeys: String, CodingKey {
    case source, process, format, root, start, end, mappedBytes
  }

  init(_ watch: Watch) {
    let space = watch.space
    source = watch.source.name
    process = space.process.map { WalkReport.Process(pid: $0.pid, command: $0.command) }
    format = "\(space.format.name)"
    root = JSONAddress(space.root.lower.rawValue)
    start = JSONAddress(watch.first.rawValue)
    end = JSONAddress(exclusiveEndAfter: watch.last.rawValue)
    mappedBytes = watch.mappedByteCount
    digits = space.addressDigits
    byteCount = watch.last.rawValue &- watch.first.rawValue &+ 1
  }

  /// The line above the changes.
  public var text: String {
    let who = process.map { "\($0.pid) (\($0.command))" } ?? "kernel"
    return
      "watching \(who), \(hexadecimal(start.value, width: digits))-\(hexadecimal(end.value &- 1, width: digits)): "
      + "\(sizeText(mappedBytes)) of \(sizeText(byteCount)) mapped"
  }
}
