/// An array of numbers that are zero until they are set, in chunks that take memory when first set.
///
/// Tables with an entry a frame are as long as RAM is large, and a forged image may claim any size.
struct SparseArray<Element: BitwiseCopyable & Sendable>: Sendable {
  private static var chunkBits: Int { 12 }
  private let zero: Element
  private(set) var chunks: [[Element]]
  let count: Int

  init(repeating zero: Element, count: Int) {
    self.zero = zero
    self.count = count
    chunks = [[Element]](repeating: [], count: (count >> Self.chunkBits) + 1)
  }

  subscript(index: Int) -> Element {
    get {
      let chunk = chunks[index >> Self.chunkBits]
      return chunk.isEmpty ? zero : chunk[index & (1 << Self.chunkBits - 1)]
    }
    set {
      let place = index >> Self.chunkBits
      if chunks[place].isEmpty { chunks[place] = [Element](repeating: zero, count: 1 << Self.chunkBits) }
      chunks[place][index & (1 << Self.chunkBits - 1)] = newValue
    }
  }
}
