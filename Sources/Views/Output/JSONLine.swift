import Foundation

/// Something that is printed as one line of JSON, with its schema's name and version.
public protocol JSONReport: Encodable {
  /// Such as `pagewalk.walk/1`.
  static var schema: String { get }
}

/// The envelope that puts the schema's name beside the report's own fields.
private struct Line<Report: JSONReport>: Encodable {
  enum Key: String, CodingKey { case schema }
  let report: Report

  func encode(to encoder: any Encoder) throws {
    try report.encode(to: encoder)
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(Report.schema, forKey: .schema)
  }
}

extension JSONReport {
  /// The report as one line, keys in alphabetical order.
  public var jsonLine: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Reports hold strings, integers and Booleans: nothing that can fail to encode.
    guard let data = try? encoder.encode(Line(report: self)) else { return "{}" }
    return String(decoding: data, as: UTF8.self)
  }
}

/// An address, entry or flag word in JSON: a string, because JSON numbers lose bits above 2⁵³.
public struct JSONAddress: Encodable, Hashable, Sendable {
  public let value: UInt64
  /// The exclusive end of a range that reaches the last address of all is 2⁶⁴.
  var isPastTheEnd: Bool

  public init(_ value: UInt64) {
    self.value = value
    isPastTheEnd = false
  }

  var text: String { isPastTheEnd ? "0x10000000000000000" : prefixedHexadecimal(value) }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}
