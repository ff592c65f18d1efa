/// Why a machine cannot be made of a profile.
public enum BootError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The profile itself does not fit together.
  case badProfile(name: String, reason: String)
  /// RAM is too small for the kernel and its tables, or larger than the profile can address.
  case badRAM(byteCount: UInt64, reason: String)
  /// The host does not give the memory.
  case refusedByHost(byteCount: UInt64)

  public var description: String {
    switch self {
    case .badProfile(let name, let reason): "profile \(name): \(reason)"
    case .badRAM(let byteCount, let reason): "\(byteCount >> 20) MiB of RAM: \(reason)"
    case .refusedByHost(let byteCount): "the host gives no \(byteCount >> 20) MiB of memory for the machine"
    }
  }
}
