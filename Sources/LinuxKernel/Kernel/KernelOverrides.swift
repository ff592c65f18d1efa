/// What the user says about a kernel; it goes before whatever is inferred, which stays on record.
public struct KernelOverrides: Sendable {
  /// Byte offsets by member: `task_struct.mm`.
  public var offsets: [String: Int] = [:]
  /// The paging format's name, such as `x86-64`.
  public var paging: String?
  /// Bits of a virtual address, for formats that come in several sizes.
  public var virtualAddressBits: Int?

  public init() {}

  var evidence: Evidence { Evidence(.user, "said on the command line") }
}
