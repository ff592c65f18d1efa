/// The ranges of a machine's RAM, in address order, as `/proc/iomem` lists them.
public struct MemoryMap: Hashable, Sendable {
  /// Inclusive ranges, ascending and disjoint.
  public private(set) var ranges: [ClosedRange<UInt64>]

  /// Reads text in the form of `/proc/iomem`.
  ///
  /// Lines are `start-last : name` with hexadecimal numbers. Of named lines only the unindented ones called
  /// `System RAM` count (what is indented lies inside its parent); lines without a name all count, so that a
  /// list written by hand is as good. Linux prints zeros to whoever is not root.
  public init(text: String, named path: String) throws(ImageError) {
    ranges = []
    var number = 0
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      number += 1
      let parts = line.split(separator: ":", maxSplits: 1)
      guard let span = parts.first?.filter({ !$0.isWhitespace }), !span.isEmpty, !span.hasPrefix("#") else {
        continue
      }
      if parts.count == 2 {
        guard line.first?.isWhitespace == false else { continue }
        guard parts[1].drop(while: \.isWhitespace).hasPrefix("System RAM") else { continue }
      }
      let ends = span.split(separator: "-", omittingEmptySubsequences: false)
      guard ends.count == 2, let start = Self.number(ends[0]), let last = Self.number(ends[1]) else {
        throw ImageError(
          .options, path: path, "line \(number) is not a range: \(line.prefix(60))",
          advice: "write 'start-last : System RAM' with hexadecimal numbers")
      }
      guard last >= start else {
        throw ImageError(.options, path: path, "line \(number): the range ends before it starts")
      }
      ranges.append(start...last)
    }
    if !ranges.isEmpty, ranges.allSatisfy({ $0 == 0...0 }) {
      throw ImageError(
        .options, path: path, "all addresses are zero, as Linux shows /proc/iomem to other users than root",
        advice: "read it as root")
    }
    guard !ranges.isEmpty else {
      throw ImageError(.options, path: path, "no line with System RAM")
    }
    ranges.sort { $0.lowerBound < $1.lowerBound }
    for (left, right) in zip(ranges, ranges.dropFirst()) where right.lowerBound <= left.upperBound {
      throw ImageError(
        .options, path: path,
        "ranges overlap: \(hexadecimal(left.lowerBound)) and \(hexadecimal(right.lowerBound))")
    }
  }

  /// Reads such a file; at most 16 MiB of it make sense.
  public init(path: String) throws(ImageError) {
    let content = try readFile(at: path, limitBytes: 16 << 20)
    try self.init(text: String(decoding: content, as: UTF8.self), named: path)
  }

  private static func number(_ text: Substring) -> UInt64? {
    UInt64(text.hasPrefix("0x") ? text.dropFirst(2) : text, radix: 16)
  }
}
