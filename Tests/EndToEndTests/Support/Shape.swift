import Foundation
import Testing

/// What a field of the JSON contract may hold.
indirect enum Shape: Sendable {
  /// A string in lower-case hexadecimal with `0x`.
  case address
  /// A string that is not empty.
  case text
  /// One of these.
  case oneOf([String])
  /// Letters of `rwxu`, in that order; may be empty.
  case access
  /// Lower-case hexadecimal without prefix, two digits a byte.
  case bytes
  /// Any text, or none: a process chooses its name.
  case name
  /// A whole number that is not negative.
  case count
  case counts
  case truth
  case list(of: Fields)
  case texts
  case object(Fields)
  /// Names to addresses.
  case addresses
  /// Names to counts.
  case tally

  func problem(with value: Any) -> String? {
    switch (self, value) {
    case (.address, let text as String):
      return text.wholeMatch(of: /0x(0|[1-9a-f][0-9a-f]*)/) == nil ? "'\(text)' is no address" : nil
    case (.text, let text as String): return text.isEmpty ? "is empty" : nil
    case (.name, is String): return nil
    case (.oneOf(let words), let text as String):
      return words.contains(text) ? nil : "'\(text)' is none of \(words)"
    case (.access, let text as String): return text.wholeMatch(of: /r?w?x?u?/) == nil ? "'\(text)'" : nil
    case (.bytes, let text as String):
      return text.wholeMatch(of: /([0-9a-f][0-9a-f])+/) == nil ? "'\(text)' is no bytes" : nil
    case (.count, let number as NSNumber): return number.int64Value < 0 ? "is negative" : nil
    case (.counts, let list as [Int]): return list.contains { $0 < 0 } ? "has a negative number" : nil
    case (.truth, is Bool): return nil
    case (.texts, let list as [String]): return list.contains("") ? "has an empty string" : nil
    case (.list(let fields), let list as [[String: Any]]):
      return list.lazy.compactMap { fields.problem(with: $0) }.first
    case (.object(let fields), let object as [String: Any]): return fields.problem(with: object)
    case (.addresses, let object as [String: Any]):
      return object.values.lazy.compactMap { Shape.address.problem(with: $0) }.first
    case (.tally, let object as [String: Int]):
      return object.values.contains { $0 < 0 } ? "has a negative number" : nil
    default: return "\(value) has the wrong type"
    }
  }
}

/// The fields of an object: those that it must have, and those that it may have. Others are a problem.
struct Fields: Sendable {
  var required: [String: Shape]
  var optional: [String: Shape] = [:]

  func problem(with object: [String: Any]) -> String? {
    for name in required.keys where object[name] == nil { return "'\(name)' is missing" }
    for (name, value) in object {
      guard let shape = required[name] ?? optional[name] else { return "'\(name)' is not in the contract" }
      if let problem = shape.problem(with: value) { return "'\(name)': \(problem)" }
    }
    return nil
  }

  /// Expects every object to be of this shape.
  func expect(_ objects: [[String: Any]], sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(!objects.isEmpty, sourceLocation: sourceLocation)
    for object in objects {
      #expect(problem(with: object) == nil, sourceLocation: sourceLocation)
    }
  }
}
