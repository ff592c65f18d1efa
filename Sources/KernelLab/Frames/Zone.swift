/// A stretch of frames that serve one purpose (`struct zone`).
public struct Zone: Sendable {
  public enum Kind: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// Reachable by old devices: the first 16 MiB of a PC.
    case dma
    /// In the linear map.
    case normal
    /// Not in the linear map: `kmap` only.
    case highMemory
  }

  public let kind: Kind
  /// Frames, counted from the first of RAM.
  public let frames: Range<Int>
  public internal(set) var freeCount = 0
  /// The first free block of each order, or `none`.
  var heads: InlineArray<11, UInt32>

  /// Blocks of up to 1024 frames (MAX_ORDER of 11, to 6.2).
  static var orderCount: Int { 11 }
  static var none: UInt32 { .max }

  init(_ kind: Kind, frames: Range<Int>) {
    self.kind = kind
    self.frames = frames
    heads = InlineArray(repeating: Self.none)
  }
}
