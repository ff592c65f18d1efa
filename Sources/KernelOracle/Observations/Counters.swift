/// What the kernel counts of a process' memory, in KiB, its own agent's share included (``Conditions/base``).
public struct Counters: Hashable, Sendable {
  /// `RssAnon`.
  public var residentAnonymousKiB: UInt64
  /// `RssFile` and `RssShmem` together: which of them counts a memory file's page is not the same everywhere.
  public var residentFileKiB: UInt64
  /// `VmPTE`: tables of all levels but the uppermost.
  public var pageTablesKiB: UInt64
  /// `VmSize`.
  public var totalKiB: UInt64
  /// `VmLck`.
  public var lockedKiB: UInt64
  /// `VmData`.
  public var dataKiB: UInt64

  public init(
    residentAnonymousKiB: UInt64, residentFileKiB: UInt64, pageTablesKiB: UInt64, totalKiB: UInt64,
    lockedKiB: UInt64, dataKiB: UInt64
  ) {
    self.residentAnonymousKiB = residentAnonymousKiB
    self.residentFileKiB = residentFileKiB
    self.pageTablesKiB = pageTablesKiB
    self.totalKiB = totalKiB
    self.lockedKiB = lockedKiB
    self.dataKiB = dataKiB
  }

  static let zero = Counters(
    residentAnonymousKiB: 0, residentFileKiB: 0, pageTablesKiB: 0, totalKiB: 0, lockedKiB: 0, dataKiB: 0)
}
