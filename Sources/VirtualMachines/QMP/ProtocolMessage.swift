import Foundation

/// What a line of the machine protocol is. QEMU's specification: docs/interop/qmp-spec.rst.
enum ProtocolMessage: Decodable {
  case greeting(version: String)
  case answer
  case refusal(String)
  case event

  private enum Key: String, CodingKey {
    case greeting = "QMP"
    case answer = "return"
    case refusal = "error"
    case event
  }

  private struct Greeting: Decodable {
    struct Version: Decodable {
      struct Numbers: Decodable { var major, minor, micro: Int }
      var qemu: Numbers
    }
    var version: Version
  }

  private struct Refusal: Decodable { var desc: String }

  init(from decoder: any Decoder) throws {
    let object = try decoder.container(keyedBy: Key.self)
    if object.contains(.answer) {
      self = .answer
    } else if let refusal = try object.decodeIfPresent(Refusal.self, forKey: .refusal) {
      self = .refusal(refusal.desc)
    } else if object.contains(.event) {
      self = .event
    } else {
      let numbers = try object.decode(Greeting.self, forKey: .greeting).version.qemu
      self = .greeting(version: "\(numbers.major).\(numbers.minor).\(numbers.micro)")
    }
  }
}

/// A line with what a command returns.
struct ProtocolAnswer<Content: Decodable>: Decodable {
  var content: Content

  private enum CodingKeys: String, CodingKey { case content = "return" }
}

/// What a command returns that has nothing to tell.
struct NoAnswer: Decodable {}
