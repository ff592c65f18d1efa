/// The registers that a debugger stub says it has, with their numbers.
///
/// The numbers are implied by the order in `target.xml` and the files it includes. QEMU 7.2's x86 file has
/// registers in comments: these do not count.
struct TargetDescription {
  private(set) var registers: [String: DebuggerRegister] = [:]
  private var nextNumber = 0

  init(reading debugger: Debugger) throws(QEMUFailure) {
    try add("target.xml", from: debugger, depth: 0)
  }

  private mutating func add(
    _ file: String, from debugger: Debugger, depth: Int
  ) throws(QEMUFailure) {
    guard depth < 4 else { throw QEMUFailure("the target description includes itself: \(file)") }
    for tag in Self.tags(of: try Self.text(of: file, from: debugger)) {
      let attributes = Self.attributes(of: tag)
      if tag.hasPrefix("xi:include"), let included = attributes["href"] {
        try add(included, from: debugger, depth: depth + 1)
      } else if tag.hasPrefix("reg ") {
        guard let name = attributes["name"], let bitCount = attributes["bitsize"].flatMap({ Int($0) }) else {
          throw QEMUFailure("\(file) has a register without name or size: <\(tag)>")
        }
        let number = attributes["regnum"].flatMap { Int($0) } ?? nextNumber
        registers[name] = DebuggerRegister(number: number, bitCount: bitCount)
        nextNumber = number + 1
      }
    }
  }

  private static func text(of file: String, from debugger: Debugger) throws(QEMUFailure) -> String {
    var text = ""
    while true {
      let answer = try debugger.ask("qXfer:features:read:\(file):\(hex(text.utf8.count)),ffb")
      guard answer.hasPrefix("l") || answer.hasPrefix("m") else {
        throw QEMUFailure("no target description \(file): \"\(answer)\"")
      }
      text += answer.dropFirst()
      if answer.hasPrefix("l") { return text }
    }
  }

  /// What stands between `<` and `>`, comments left out.
  private static func tags(of text: String) -> [Substring] {
    var tags: [Substring] = []
    var rest = text[...]
    while let start = rest.firstIndex(of: "<") {
      rest = rest[rest.index(after: start)...]
      let closing = rest.hasPrefix("!--") ? "-->" : ">"
      guard let end = rest.firstRange(of: closing) else { break }
      if closing == ">" { tags.append(rest[..<end.lowerBound]) }
      rest = rest[end.upperBound...]
    }
    return tags
  }

  private static func attributes(of tag: Substring) -> [String: String] {
    var attributes: [String: String] = [:]
    for match in tag.matches(of: /(\w+)\s*=\s*["']([^"']*)["']/) {
      attributes[String(match.1)] = String(match.2)
    }
    return attributes
  }
}
