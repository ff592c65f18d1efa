/// The lines of a hexadecimal dump: address, sixteen bytes, their characters.
///
/// - Parameters:
///   - bytes: what is shown.
///   - address: the first byte's address.
///   - digits: how wide addresses are.
public func hexDumpLines(_ bytes: [UInt8], at address: UInt64, digits: Int) -> [String] {
  stride(from: 0, to: bytes.count, by: 16).map { start in
    let row = bytes[start..<min(start + 16, bytes.count)]
    var line = hexadecimal(address &+ UInt64(start), width: digits) + " "
    for column in 0..<16 {
      if column % 8 == 0 { line += " " }
      let index = start + column
      line += index < bytes.count ? hexadecimal(UInt64(bytes[index]), width: 2) + " " : "   "
    }
    let characters = row.map { (0x20..<0x7f).contains($0) ? Character(UnicodeScalar($0)) : "." }
    return line + " |" + String(characters) + "|"
  }
}
