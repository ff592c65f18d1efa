/// One thing that is fed hostile bytes.
protocol Fuzzer: Sendable {
  /// The name on the command line.
  var name: String { get }
  /// Well-formed inputs to begin with.
  func seeds() -> [[UInt8]]
  /// Takes any bytes. A trap, a report of the address sanitizer, or a limit of libFuzzer is a finding.
  func run(_ bytes: [UInt8])
}

/// Every fuzzer; scripts/fuzz runs them all.
let allFuzzers: [any Fuzzer] = [
  ELFFuzzer(), KdumpFuzzer(), SplitKdumpFuzzer(), FlattenedFuzzer(), LiMEFuzzer(), CompressedLiMEFuzzer(),
  AVMLFuzzer(), RawFuzzer(), WalkFuzzer(), NotPresentFuzzer(), KernelFuzzer(),
]
