/// Why a request for a profile cannot be met: `lab:NAME,ram=512M,cpus=4,split=2G`.
public enum ProfileError: Error, Hashable, Sendable, CustomStringConvertible {
  case unknownName(String)
  /// An option that is not known, or that has no `=`.
  case unknownOption(String)
  case badValue(option: String, value: String, expected: String)
  /// The profile has nothing to vary here.
  case notApplicable(option: String, profile: String, reason: String)
  case repeated(option: String)

  public var description: String {
    switch self {
    case .unknownName(let name):
      "there is no profile '\(name)'; there are " + Profile.names.joined(separator: ", ")
    case .unknownOption(let option):
      "a profile has no option '\(option)'; there are \(ProfileRequest.optionNames.joined(separator: ", "))"
        + " (as in i386,ram=512M,cpus=4,split=2G)"
    case .badValue(let option, let value, let expected): "\(option)=\(value): expected \(expected)"
    case .notApplicable(let option, let profile, let reason): "\(option) with profile \(profile): \(reason)"
    case .repeated(let option): "\(option) is given twice"
    }
  }
}
