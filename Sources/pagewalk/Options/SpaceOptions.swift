import ArgumentParser
import Views

/// Which address space, where no PID says it.
struct SpaceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Physical address of the top table; no PID is given then.", valueName: "address"))
  var root: HexArgument?

  @Option(
    help: ArgumentHelp(
      "The upper half's top table, where the halves have roots of their own (AArch64: TTBR1).",
      valueName: "address"))
  var upperRoot: HexArgument?

  @Option(
    help: ArgumentHelp(
      "Root and paging format from this CPU's registers in the image; no PID is given then.",
      valueName: "number"))
  var cpu: Int?

  @Option(
    help: ArgumentHelp("Address bits that mean encryption (AMD SME: the C-bit).", valueName: "mask"))
  var memoryEncryptionMask: HexArgument?

  @Option(
    help: ArgumentHelp(
      "The kernel's release, such as 5.10, for not-present entries; otherwise the image tells, or the newest is assumed.",
      valueName: "release"))
  var kernelEra: String?

  /// Whether the address space is named by these options, so that no PID is expected.
  var nameSpace: Bool { root != nil || cpu != nil }

  func request(process: String?, of source: SourceOptions) -> SpaceRequest {
    SpaceRequest(
      process: process, root: root?.value, upperRoot: upperRoot?.value, paging: source.paging,
      virtualAddressBits: source.vaBits, cpu: cpu, memoryEncryptionMask: memoryEncryptionMask?.value ?? 0,
      kernelEra: kernelEra)
  }

  mutating func validate() throws {
    guard root == nil || cpu == nil else { throw ValidationError("--root and --cpu exclude each other") }
    guard upperRoot == nil || root != nil else { throw ValidationError("--upper-root goes with --root") }
  }
}
