public import PageTables

/// A profile's name with variations: `i386,ram=512M,cpus=4,split=2G`.
///
/// What is not said stays as the profile has it.
public struct ProfileRequest: Hashable, Sendable {
  public var name: String
  public var ramByteCount: UInt64?
  public var cpuCount: Int?
  public var split: MemorySplit?
  public var release: KernelRelease?

  public init(
    name: String, ramByteCount: UInt64? = nil, cpuCount: Int? = nil, split: MemorySplit? = nil,
    release: KernelRelease? = nil
  ) {
    self.name = name
    self.ramByteCount = ramByteCount
    self.cpuCount = cpuCount
    self.split = split
    self.release = release
  }

  /// The options that ``init(parsing:)`` knows.
  public static var optionNames: [String] { ["ram", "cpus", "split", "release"] }

  /// Reads a name, and options after commas, in any order.
  public init(parsing text: some StringProtocol) throws(ProfileError) {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    self.init(name: String(parts.first ?? ""))
    guard Profile.names.contains(name) else { throw .unknownName(name) }
    var seen: Set<String> = []
    for part in parts.dropFirst() {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard pair.count == 2 else { throw .unknownOption(String(part)) }
      let option = String(pair[0])
      try take(option, String(pair[1]))
      guard seen.insert(option).inserted else { throw .repeated(option: option) }
    }
  }

  private mutating func take(_ option: String, _ value: String) throws(ProfileError) {
    switch option {
    case "ram":
      guard let bytes = Self.byteCount(value) else {
        throw .badValue(option: option, value: value, expected: "a number with K, M or G, such as 512M")
      }
      ramByteCount = bytes
    case "cpus":
      guard let count = Int(value), (1...64).contains(count) else {
        throw .badValue(option: option, value: value, expected: "a number from 1 to 64")
      }
      cpuCount = count
    case "split":
      guard let found = MemorySplit(rawValue: value.uppercased()) else {
        throw .badValue(
          option: option, value: value, expected: "how much a process has: 3G, 2G or 1G")
      }
      split = found
    case "release":
      guard let found = KernelRelease(value) else {
        throw .badValue(option: option, value: value, expected: "a kernel's numbers, such as 6.12")
      }
      release = found
    default: throw .unknownOption(option)
    }
  }

  /// `512M`, `2G`, `65536K`: a number of bytes; nil if it is not one, or more than 2^63.
  static func byteCount(_ text: String) -> UInt64? {
    let shifts: [Character: UInt64] = ["K": 10, "M": 20, "G": 30]
    guard let unit = text.uppercased().last, let shift = shifts[unit],
      let number = UInt64(text.dropLast()), number > 0, number.leadingZeroBitCount > shift
    else { return nil }
    return number << shift
  }

  /// The profile that is asked for.
  ///
  /// Whether all of it fits together, ``Machine/boot(_:)`` checks, before it makes anything.
  public func profile() throws(ProfileError) -> Profile {
    guard var profile = Profile.named(name) else { throw .unknownName(name) }
    if let ramByteCount { profile.ramByteCount = ramByteCount }
    if let cpuCount { profile.cpuCount = cpuCount }
    if let release { profile = try profile.running(release) }
    if let split { profile = try profile.split(split) }
    return profile
  }
}
