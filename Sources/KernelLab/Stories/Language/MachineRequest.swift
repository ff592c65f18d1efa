/// A machine as a user names it: `arm`, `i386,ram=256M,cpus=4`.
public struct MachineRequest: Hashable, Sendable {
  public var profile: String
  public var ramByteCount: UInt64?
  public var cpuCount: Int?
  public var tlbEntryCount: Int?
  public var tlbWayCount: Int?

  /// The options' names, and what they take.
  static let options = ["ram": "a size such as 512M", "cpus": "a number", "tlb": "a number of entries", "ways": "a number"]

  public init(profile: String) { self.profile = profile }

  /// Reads `PROFILE[,OPTION=VALUE]...`.
  ///
  /// - Throws: a sentence that says what was expected and what was found.
  public init(parsing text: String) throws(MachineError) {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    self.init(profile: String(parts.first ?? ""))
    try check()
    for part in parts.dropFirst() {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      try set(String(pair[0]), to: pair.count == 2 ? String(pair[1]) : "")
    }
  }

  /// Whether there is such a profile.
  func check() throws(MachineError) {
    guard Profile.named(profile) == nil else { return }
    let names = Profile.catalogue.map(\.name).joined(separator: ", ")
    throw .badArgument("expected a machine profile (\(names)), found '\(profile)'")
  }

  /// Sets an option.
  mutating func set(_ option: String, to value: String) throws(MachineError) {
    guard let meaning = Self.options[option] else {
      let names = Self.options.keys.sorted().joined(separator: ", ")
      throw .badArgument("expected an option of the machine (\(names)), found '\(option)'")
    }
    guard let number = ScenarioNumber.size(value), number > 0, number <= UInt64(Int64.max) else {
      throw .badArgument("expected \(meaning) for \(option), found '\(value)'")
    }
    switch option {
    case "ram": ramByteCount = number
    case "cpus": cpuCount = Int(number)
    case "tlb": tlbEntryCount = Int(number)
    default: tlbWayCount = Int(number)
    }
  }

  /// The profile with the options in it.
  public func makeProfile() throws(MachineError) -> Profile {
    try check()
    guard var profile = Profile.named(profile) else { throw .badArgument("no profile '\(self.profile)'") }
    if let ramByteCount { profile.ramByteCount = ramByteCount }
    if let cpuCount { profile.cpuCount = cpuCount }
    if let tlbEntryCount { profile.tlb.entryCount = tlbEntryCount }
    if let tlbWayCount { profile.tlb.wayCount = tlbWayCount }
    else { profile.tlb.wayCount = min(profile.tlb.wayCount, profile.tlb.entryCount) }
    return profile
  }
}
