import PageTables

/// One change of a kernel's memory, taken from eight bytes of an input: kind, place (3), value (4).
struct KernelChange {
  static let kindCount = 8

  private let kind: UInt8
  private let place: Int
  private let value: UInt32

  init(_ input: inout InputReader) {
    kind = input.number(UInt8.self) % UInt8(Self.kindCount)
    place = Int(input.number(UInt16.self)) | Int(input.number(UInt8.self)) << 16
    value = input.number(UInt32.self)
  }

  func apply(to memory: inout PieceMemory, of sample: KernelSample) {
    let width = sample.wordByteCount
    let here = sample.hotAddress(place * width)
    let there = sample.hotAddress(Int(value) * width)
    let old = memory.word(at: here, byteCount: width)
    let new: UInt64 =
      switch kind {
      // A number, small or negative.
      case 0: UInt64(value)
      case 1: UInt64(bitPattern: Int64(Int32(bitPattern: value)))
      case 2: old ^ 1 << UInt64(value & 63)
      // Another object's place, or what that has there.
      case 3: (there.rawValue &+ sample.directMapOffset)
      case 4: memory.word(at: there, byteCount: width)
      // Itself, its page, or what its page becomes as an entry of a table.
      case 5: here.rawValue &+ sample.directMapOffset
      case 6: there.rawValue & ~0xfff | UInt64(value >> 20)
      default: old &+ UInt64(bitPattern: Int64(Int32(bitPattern: value)))
      }
    memory.store(new, at: here, byteCount: width)
  }
}
