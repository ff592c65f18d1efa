/// What an ARMv7 CPU must be told to translate for Supervisor and User mode.
public struct ARMPaging: Sendable {
  /// The two kinds of tables (ARM Architecture Reference Manual ARMv7-A, B3.5 and B3.6).
  public enum Descriptors: Sendable {
    case short
    case long
  }

  /// Whose rules long descriptors follow: Armv8 answers address bits 47:40 with a fault.
  public enum Processor: Sendable {
    case armv7
    case armv8
  }

  public var descriptors: Descriptors
  public var ttbr0: UInt64
  public var ttbr1: UInt64
  /// TTBCR: N in bits 2:0 of short descriptors; T0SZ 2:0 and T1SZ 18:16 of long ones. EAE is added.
  public var ttbcr: UInt32
  /// Domain access control, two bits a domain; short descriptors only. All clients by default.
  public var dacr: UInt32
  /// SCTLR.AFE: AP[0] is an access flag; short descriptors only.
  public var hasAccessFlag: Bool
  /// SCTLR.TRE; short descriptors only.
  public var remapsTypes: Bool
  /// For long descriptors; short ones are always asked of an Armv7 processor.
  public var processor: Processor

  public init(
    descriptors: Descriptors, ttbr0: UInt64, ttbr1: UInt64 = 0, ttbcr: UInt32 = 0,
    dacr: UInt32 = 0x5555_5555, hasAccessFlag: Bool = false, remapsTypes: Bool = false,
    processor: Processor = .armv7
  ) {
    self.descriptors = descriptors
    self.ttbr0 = ttbr0
    self.ttbr1 = ttbr1
    self.ttbcr = descriptors == .long ? ttbcr | 1 << 31 : ttbcr
    self.dacr = dacr
    self.hasAccessFlag = hasAccessFlag
    self.remapsTypes = remapsTypes
    self.processor = processor
  }

  /// SCTLR: M, what is one at reset, and the two that change descriptors.
  var control: UInt64 {
    0xc5_0079 | (hasAccessFlag ? 1 << 29 : 0) | (remapsTypes ? 1 << 28 : 0)
  }
}
