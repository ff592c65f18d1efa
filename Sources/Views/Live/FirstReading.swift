/// What a first reading of memory that changes came to, as numbers: a second one tells by it what changed.
public struct FirstReading {
  private var seen: Set<Int> = []
  /// How much of the second reading was not in the first.
  public private(set) var changedCount = 0

  public init() {}

  public mutating func note(_ report: some JSONReport) { seen.insert(report.jsonLine.hashValue) }

  /// Whether the first reading did not have this; counted.
  public mutating func hasChanged(_ report: some JSONReport) -> Bool {
    guard !seen.contains(report.jsonLine.hashValue) else { return false }
    changedCount += 1
    return true
  }

  /// What a reader must know of the second reading; nil if nothing changed, and the processes are still there.
  ///
  /// - Parameter what: what was read, in the plural.
  public func sentence(_ what: String, of spaces: [AddressSpace], in source: Source) -> String? {
    guard source.isRunning else { return nil }
    if let gone = spaces.first(where: { !source.stillHas($0) })?.process {
      return "\(gone.pid) (\(gone.command)) has exited, or has other page tables by now"
    }
    guard changedCount > 0 else { return nil }
    return "the system is running: \(changedCount) \(what) changed while they were read, and are marked"
  }
}
