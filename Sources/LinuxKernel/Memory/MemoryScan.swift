public import PageTables

/// What one pass over all RAM saw: places to look closer at. Nothing here is trusted yet.
public struct MemoryScan: Sendable {
  /// For words that equal the word after them (an empty `list_head` points at itself twice): how often each
  /// distance between the word and its physical address occurs, where it is a multiple of 64 KiB.
  public var selfPointers64: [UInt64: Int] = [:]
  public var selfPointers32: [UInt64: Int] = [:]
  /// Where the name of a first idle task stands: `swapper` or `swapper/0`, NUL-padded.
  public var idleTaskNames: [PhysicalAddress] = []
  /// Pages that begin with a VMCOREINFO text.
  public var vmcoreinfoPages: [PhysicalAddress] = []
  /// Where the ten digits stand as tokens of kallsyms: the byte '0' of `0\01\02\0...9\0`.
  public var digitTokens: [PhysicalAddress] = []
  /// Where the header of BTF type information seems to begin.
  public var btfHeaders: [PhysicalAddress] = []
  /// Where `Linux version ` begins.
  public var banners: [PhysicalAddress] = []

  public init() {}
}
