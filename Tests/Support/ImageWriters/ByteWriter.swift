/// Puts numbers into an array of bytes in either byte order.
public struct ByteWriter: Sendable {
  /// What was written.
  public var bytes: [UInt8] = []
  private let isBigEndian: Bool

  public init(bigEndian: Bool = false) { isBigEndian = bigEndian }

  /// Appends a number.
  public mutating func put<Number: FixedWidthInteger>(_ value: Number) {
    let ordered = isBigEndian ? value.bigEndian : value.littleEndian
    Swift.withUnsafeBytes(of: ordered) { bytes.append(contentsOf: $0) }
  }

  /// Appends bytes.
  public mutating func put(_ more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }

  /// Appends zeros up to `count` bytes in all.
  public mutating func pad(to count: Int) {
    if bytes.count < count { bytes.append(contentsOf: repeatElement(0, count: count - bytes.count)) }
  }

  /// Puts a number over what is at `offset`, filling with zeros up to there.
  public mutating func patch<Number: FixedWidthInteger>(_ value: Number, at offset: Int) {
    pad(to: offset + Number.bitWidth / 8)
    var piece = ByteWriter(bigEndian: isBigEndian)
    piece.put(value)
    bytes.replaceSubrange(offset..<(offset + piece.bytes.count), with: piece.bytes)
  }
}
