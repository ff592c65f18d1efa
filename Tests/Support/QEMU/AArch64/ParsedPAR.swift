/// What an address translation instruction left in PAR (Arm ARM, D19.2.118), in its 64-bit form.
struct ParsedPAR {
  var bits: UInt64

  var isFault: Bool { bits & 1 != 0 }

  /// Bits 51:12, if no fault.
  var page: UInt64 { bits & 0xf_ffff_ffff_f000 }

  /// The kind of fault.
  var fault: LongDescriptorFault { LongDescriptorFault(status: bits >> 1) }
}
