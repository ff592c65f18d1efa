/// The rules of the audit, by the names that reports and baselines use. They do not change.
public enum AuditRuleName: String, Hashable, Sendable, CaseIterable {
  /// One mapping is writable and executable for the same mode.
  case writableExecutable = "writable-executable"
  /// A frame is executable through one mapping and writable through another.
  case writableAlias = "writable-alias"
  /// User mode may reach an address of the kernel half.
  case userReachableKernel = "user-reachable-kernel"
  /// A user address maps a frame of the kernel's code.
  case userMapsKernel = "user-maps-kernel"
  /// A page table is mapped into user space.
  case userMapsTable = "user-maps-table"
  /// A page table is mapped writable outside the linear map.
  case writableTable = "writable-table"
  /// Two processes reach one table below the kernel half.
  case sharedTable = "shared-table"
  /// An entry points outside RAM.
  case outsideRAM = "outside-ram"
  /// An entry leads back to its own table.
  case selfReference = "self-reference"
  /// An entry has reserved bits set, or an encoding that the architecture reserves.
  case reservedBits = "reserved-bits"
  /// A root that belongs to no known process.
  case strayRoot = "root-without-process"
  /// A process's root has no kernel half, where the architecture copies it.
  case missingKernelHalf = "no-kernel-half"
}
