internal import MemoryImages

extension SymbolTable {
  /// How large a System.map may be; those of distributions have up to 12 MB.
  private static let limitBytes = 128 << 20

  /// Reads a System.map: lines of address, type and name, as `nm` prints them; also a copy of
  /// `/proc/kallsyms`, whose modules' symbols (with `[module]` behind the name) are left out.
  ///
  /// The addresses of a System.map are those that the kernel was linked at, before KASLR.
  public init(systemMap text: [UInt8], path: String = "System.map") throws(EvidenceError) {
    var builder = SymbolTableBuilder(symbolCapacity: text.count / 40, textCapacity: text.count / 2)
    var number = 0
    for line in text.split(separator: 10, omittingEmptySubsequences: false) {
      number += 1
      if line.isEmpty { continue }
      let words = line.split(whereSeparator: { $0 == 32 || $0 == 9 || $0 == 13 })
      if words.isEmpty || (words.count > 3 && words[3].first == UInt8(ascii: "[")) { continue }
      guard words.count >= 3, words[1].count == 1, let address = Self.hexadecimal(words[0]) else {
        throw EvidenceError(
          path, .line(number), "no `address type name`", advice: "give the System.map of the kernel itself")
      }
      let hash = SymbolTableBuilder.hash(words[2])
      guard builder.append(words[1] + words[2], hash: hash, address: address) else {
        throw EvidenceError(
          path, .line(number), "more than \(SymbolTableBuilder.textLimitBytes) bytes of names")
      }
    }
    // Without the right to see addresses, /proc/kallsyms shows zeros.
    guard builder.addresses.contains(where: { $0 != 0 }) else {
      throw EvidenceError(
        path, nil, builder.addresses.isEmpty ? "holds no symbols" : "all addresses are zero",
        advice: builder.addresses.isEmpty ? nil : "read /proc/kallsyms as root, or give the System.map")
    }
    self.init(builder)
  }

  /// Reads a System.map from the file at `path`.
  public init(systemMapAt path: String) throws(EvidenceError) {
    try self.init(systemMap: evidenceFile(at: path, limitBytes: Self.limitBytes), path: path)
  }

  private static func hexadecimal(_ digits: ArraySlice<UInt8>) -> UInt64? {
    guard (1...16).contains(digits.count) else { return nil }
    var value: UInt64 = 0
    for digit in digits {
      switch digit {
      case 48...57: value = value << 4 | UInt64(digit - 48)
      case 97...102: value = value << 4 | UInt64(digit - 87)
      case 65...70: value = value << 4 | UInt64(digit - 55)
      default: return nil
      }
    }
    return value
  }
}

/// The bytes of a file that a user names as evidence.
func evidenceFile(at path: String, limitBytes: Int) throws(EvidenceError) -> [UInt8] {
  do throws(ImageError) {
    return try readFile(at: path, limitBytes: limitBytes)
  } catch {
    throw EvidenceError(path, nil, error.problem, advice: error.advice)
  }
}
