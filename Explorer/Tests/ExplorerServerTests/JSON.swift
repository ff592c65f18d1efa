import Foundation
import Testing
import Views

/// An answer's JSON, taken apart.
struct JSON {
  var value: Any?

  init(_ value: Any?) { self.value = value }

  init(_ bytes: some Sequence<UInt8>) throws {
    value = try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
  }

  subscript(_ name: String) -> JSON { JSON((value as? [String: Any])?[name]) }
  subscript(_ index: Int) -> JSON {
    let list = list
    return list.indices.contains(index) ? list[index] : JSON(nil)
  }

  var list: [JSON] { (value as? [Any])?.map { JSON($0) } ?? [] }
  var text: String? { value as? String }
  var number: Int? { (value as? NSNumber)?.intValue }
  var share: Double? { (value as? NSNumber)?.doubleValue }
  var isTrue: Bool { (value as? Bool) == true }
  var address: UInt64? { text.flatMap { parseHexadecimal($0) } }
  var names: [String] { (value as? [String: Any])?.keys.sorted() ?? [] }
}

extension ExplorerService {
  /// The answer to a question that must have one.
  func ask(_ question: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> JSON {
    let answer = whatever(question)
    #expect(
      answer.status == 200, "\(question): \(String(decoding: answer.body, as: UTF8.self))",
      sourceLocation: sourceLocation)
    return try JSON(answer.body)
  }

  /// The answer to a question, whatever it is.
  func whatever(_ question: String) -> ExplorerAnswer {
    let parts = question.split(separator: "?", maxSplits: 1)
    return answer(String(parts[0]), query: parts.count == 2 ? String(parts[1]) : "")
  }

  /// A service that waits for its answers.
  static func on(_ name: String) throws -> ExplorerService {
    ExplorerService(try SourceRequest(name: name).open(), waits: true)
  }
}
