public import PageTables

/// One address space to look at: a format, its roots, and how they were come by.
public struct AddressSpace: Sendable {
  public var format: PagingFormat
  public var root: PageTableRoot
  /// Whose it is, where that is known.
  public var process: ProcessIdentity?
  /// The lowest address that the root serves: where the halves have roots of their own, the kernel's is for the
  /// upper one only.
  public var lowest = VirtualAddress(0)
  /// Where the root and the format come from: `--root`, `CPU 0's CR3 (user mode)`.
  public var evidence: String
  /// Why not-present entries are read as they are.
  public private(set) var eraEvidence = "assumed: nothing says which kernel this is; --kernel-era does"

  public init(format: PagingFormat, root: PageTableRoot, process: ProcessIdentity? = nil, evidence: String) {
    self.format = format
    self.root = root
    self.process = process
    self.evidence = evidence
  }

  /// Reads not-present entries as the given kernel writes them.
  mutating func read(kernel release: KernelRelease, because evidence: String) {
    let other = format.reading(kernel: release)
    // What is known of how this very kernel was built stays known.
    if !format.notPresent.knowsOptions || other.notPresent.since != format.notPresent.since { format = other }
    eraEvidence = evidence
  }

  public var walker: Walker<PagingFormat> { Walker(format: format, root: root) }

  /// - Throws: if the root does not serve `address`.
  public func check(_ address: VirtualAddress) throws(SourceError) {
    guard address < lowest else { return }
    throw SourceError(
      "\(hexadecimal(address.rawValue)) is a process's address: the kernel's root serves addresses from "
        + "\(hexadecimal(lowest.rawValue)) on; name a process")
  }

  /// Hexadecimal digits of a virtual address of this format.
  var addressDigits: Int { Int(format.addressBits) / 4 }
}

/// A process, or the kernel itself.
public struct ProcessIdentity: Hashable, Sendable {
  public var pid: Int
  public var command: String

  public init(pid: Int, command: String) {
    self.pid = pid
    self.command = command
  }
}

/// The kernel's linear map: a stretch of virtual addresses at a fixed distance from physical memory.
public struct LinearMap: Hashable, Sendable {
  public var virtual: VirtualAddress
  public var physical: PhysicalAddress
  public var byteCount: UInt64

  public init(virtual: VirtualAddress, physical: PhysicalAddress, byteCount: UInt64) {
    self.virtual = virtual
    self.physical = physical
    self.byteCount = byteCount
  }

  init(_ map: (first: VirtualAddress, physical: PhysicalAddress, byteCount: UInt64)) {
    self.init(virtual: map.first, physical: map.physical, byteCount: map.byteCount)
  }

  /// The kernel's address for `physical`, if the linear map covers it.
  public func kernelAddress(of address: PhysicalAddress) -> VirtualAddress? {
    let offset = address.rawValue &- physical.rawValue
    return offset < byteCount ? VirtualAddress(virtual.rawValue &+ offset) : nil
  }
}
