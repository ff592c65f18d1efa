import PageTables

/// The forms of traces that are read.
public enum TraceFormat: String, Hashable, Sendable, CaseIterable {
  /// The text of Valgrind's lackey with `--trace-mem=yes`.
  case lackey
  /// ChampSim's records of 64 bytes, an instruction each.
  case champSim = "champsim"
  /// Our own form, which ``TraceWriter`` writes.
  case compact

  /// What to tell who has a compressed trace.
  public static let compressionAdvice =
    "decompress it on the way: xzcat TRACE.xz | pagewalk lab replay - (zcat for .gz, zstdcat for .zst)"

  /// How many bytes are looked at, where there are so many.
  static let recognizedByteCount = 4096

  /// Recognises a trace by its first bytes.
  ///
  /// ChampSim's records have no mark: the flags of the first ones must be 0 or 1, and the first instruction
  /// must have an address.
  static func recognize(_ bytes: RawSpan, name: String) throws(TraceError) -> TraceFormat {
    guard bytes.byteCount > 0 else { throw TraceError(name, .offset(0), "the trace is empty") }
    if CompactLayout.hasMagic(bytes) { return .compact }
    if let packer = compression(bytes) {
      throw TraceError(name, .offset(0), "is compressed by \(packer)", advice: compressionAdvice)
    }
    if LackeyDecoder.recognizes(bytes) { return .lackey }
    if ChampSimDecoder.recognizes(bytes) { return .champSim }
    throw TraceError(
      name, .offset(0), "is no trace of a known form",
      advice: "lackey's text (valgrind --tool=lackey --trace-mem=yes --log-file=FILE), ChampSim's records of "
        + "64 bytes and pagewalk's own are read")
  }

  private static func compression(_ bytes: RawSpan) -> String? {
    let first = bytes.entry(atByteOffset: 0, byteCount: 4, order: .big) ?? 0
    switch first {
    case 0x28b5_2ffd: return "zstd"
    case 0xfd37_7a58: return "xz"
    case _ where first >> 16 == 0x1f8b: return "gzip"
    case _ where first >> 8 == 0x42_5a68: return "bzip2"
    default: return nil
    }
  }
}
