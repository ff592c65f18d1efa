import Foundation

/// The parameters of a request: each name at most once, none that is not known, each value checked.
struct ExplorerQuery {
  private let values: [String: String]

  /// - Parameters:
  ///   - text: what follows the question mark, percent-encoded.
  ///   - names: the parameters that there are.
  init(_ text: some StringProtocol, names: Set<String>) throws(ExplorerError) {
    var values: [String: String] = [:]
    for part in text.split(separator: "&") {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(pair[0])
      guard names.contains(name) else {
        let known = names.isEmpty ? "there are none" : "there are: " + names.sorted().joined(separator: ", ")
        throw ExplorerError(.badRequest, "no parameter '\(name.prefix(40))' here; \(known)")
      }
      let text = pair.count == 2 ? String(pair[1]).replacing("+", with: " ") : ""
      guard let value = text.removingPercentEncoding else {
        throw ExplorerError(.badRequest, "the value of '\(name)' is not percent-encoded text")
      }
      guard values.updateValue(value, forKey: name) == nil else {
        throw ExplorerError(.badRequest, "'\(name)' is given twice; give it once")
      }
    }
    self.values = values
  }

  func text(_ name: String) -> String? { values[name] }

  /// A count or number, decimal.
  func number(_ name: String, in range: ClosedRange<UInt64>) throws(ExplorerError) -> UInt64? {
    guard let text = values[name] else { return nil }
    guard let number = UInt64(text), range.contains(number) else {
      throw ExplorerError(
        .badRequest,
        "'\(name)' is '\(text.prefix(40))'; it is a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// An address, hexadecimal with or without `0x`.
  func address(_ name: String) throws(ExplorerError) -> UInt64? {
    guard let text = values[name] else { return nil }
    guard let address = parseHexadecimal(text) else {
      throw ExplorerError(.badRequest, "'\(name)' is '\(text.prefix(40))'; it is a hexadecimal address")
    }
    return address
  }

  /// A frame's number, decimal or with `0x`.
  func frame(_ name: String) throws(ExplorerError) -> UInt64? {
    guard let text = values[name], text.hasPrefix("0x") else { return try number(name, in: 0...1 << 52) }
    guard let frame = try address(name), frame <= 1 << 52 else {
      throw ExplorerError(.badRequest, "'\(name)' is '\(text.prefix(40))'; it is a frame's number")
    }
    return frame
  }

  /// A parameter without which there is no answer.
  func required<Value>(_ value: Value?, _ name: String) throws(ExplorerError) -> Value {
    guard let value else { throw ExplorerError(.badRequest, "'\(name)' is missing; give it") }
    return value
  }
}
