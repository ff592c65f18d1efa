/// The kinds of fault that a walk of long descriptors ends with (Arm ARM, ISS encoding of an abort).
enum LongDescriptorFault {
  case addressSize
  case translation
  case accessFlag
  case permission
  /// Not a fault of translation: what lies there could not be read.
  case external
  case other

  /// - Parameter status: the fault status code, in the low six bits.
  init(status: UInt64) {
    switch status & 0x3f {
    case 0x00...0x03, 0x29, 0x2c: self = .addressSize
    case 0x04...0x07, 0x2b: self = .translation
    case 0x08...0x0b: self = .accessFlag
    case 0x0c...0x0f: self = .permission
    case 0x10: self = .external
    default: self = .other
    }
  }

  /// What it says about the address.
  var outcome: OracleOutcome {
    switch self {
    case .addressSize: .malformed
    case .accessFlag, .permission: .denied
    case .translation, .external, .other: .unmapped
    }
  }
}
