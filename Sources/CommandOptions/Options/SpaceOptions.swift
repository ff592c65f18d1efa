public import ArgumentParser
public import Views

/// Which address space, where no PID says it.
public struct SpaceOptions: ParsableArguments {
  public init() {}

  @Option(
    help: ArgumentHelp("Physical address of the top table; no PID is given then.", valueName: "address"))
  public var root: HexArgument?

  @Option(
    help: ArgumentHelp(
      "The upper half's top table, where the halves have roots of their own (AArch64: TTBR1).",
      valueName: "address"))
  public var upperRoot: HexArgument?

  @Option(
    help: ArgumentHelp(
      "Root and paging format from this CPU's registers in the image; no PID is given then.",
      valueName: "number"))
  public var cpu: Int?

  @Option(
    help: ArgumentHelp("Address bits that mean encryption (AMD SME: the C-bit).", valueName: "mask"))
  public var memoryEncryptionMask: HexArgument?

  @Option(
    help: ArgumentHelp(
      "The kernel's release, such as 5.10, for not-present entries; otherwise the image tells, or the newest is assumed.",
      valueName: "release"))
  public var kernelEra: String?

  /// Whether the address space is named by these options, so that no PID is expected.
  public var nameSpace: Bool { root != nil || cpu != nil }

  public func request(process: String?, of source: SourceOptions) -> SpaceRequest {
    SpaceRequest(
      process: process, root: root?.value, upperRoot: upperRoot?.value, paging: source.paging,
      virtualAddressBits: source.vaBits, cpu: cpu, memoryEncryptionMask: memoryEncryptionMask?.value ?? 0,
      kernelEra: kernelEra)
  }

  public mutating func validate() throws {
    guard root == nil || cpu == nil else { throw ValidationError("--root and --cpu exclude each other") }
    guard upperRoot == nil || root != nil else { throw ValidationError("--upper-root goes with --root") }
  }
}
