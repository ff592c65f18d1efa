public import PageTables

/// What the user says about a kernel; it goes before whatever is inferred, which stays on record.
public struct KernelOverrides: Sendable {
  /// Byte offsets by member: `task_struct.mm`.
  public var offsets: [String: Int] = [:]
  /// The paging format's name, such as `x86-64`.
  public var paging: String?
  /// Bits of a virtual address, for formats that come in several sizes.
  public var virtualAddressBits: Int?

  /// The kernel page table's physical address.
  public var master: PhysicalAddress?
  /// Symbols of a System.map.
  public var systemMap: SymbolTable?
  /// How far the kernel was moved (KASLR): added to a System.map's addresses.
  public var kernelOffset: UInt64?
  /// Type information from a file.
  public var types: TypeInformation?

  public init() {}

  var evidence: Evidence { Evidence(.user, "said on the command line") }
}
