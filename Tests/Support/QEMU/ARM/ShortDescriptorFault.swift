/// The kinds of fault that a walk of short descriptors ends with (ARMv7-A manual, B3.13.3).
enum ShortDescriptorFault {
  case translation
  case accessFlag
  case domain
  case permission
  /// Not a fault of translation: what lies there could not be read.
  case external
  case other

  /// - Parameter status: the five bits of FS.
  init(status: UInt64) {
    switch status & 0x1f {
    case 5, 7: self = .translation
    case 3, 6: self = .accessFlag
    case 9, 11: self = .domain
    case 13, 15: self = .permission
    case 8: self = .external
    default: self = .other
    }
  }

  /// What it says about the address.
  var outcome: OracleOutcome {
    switch self {
    case .accessFlag, .domain, .permission: .denied
    case .translation, .external, .other: .unmapped
    }
  }
}
