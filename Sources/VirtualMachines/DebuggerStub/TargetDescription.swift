/// The registers that a debugger stub says it has, with their numbers.
///
/// The numbers are implied by the order in `target.xml` and the files that it includes, unless an entry says its own.
/// QEMU's file for x86 has registers in comments: these do not count.
struct TargetDescription: Sendable {
  /// By lower-case name; the first one of a name counts.
  private(set) var numbers: [String: Int] = [:]
  private var nextNumber = 0
  private var fileCount = 0
  private var byteCount = 0

  private static let fileLimit = 64
  private static let byteLimit = 4 << 20
  private static let registerLimit = 1 << 16

  /// Reads the description by `fetch`: a piece of a file from an offset on, with `m` before it if there is more.
  init(_ fetch: (_ file: String, _ offset: Int) throws(VirtualMachineError) -> String)
    throws(VirtualMachineError)
  {
    try read("target.xml", fetch)
  }

  private mutating func read(
    _ file: String, _ fetch: (_ file: String, _ offset: Int) throws(VirtualMachineError) -> String
  ) throws(VirtualMachineError) {
    fileCount += 1
    guard fileCount <= Self.fileLimit else { return }
    var text = ""
    while byteCount < Self.byteLimit {
      let piece = try fetch(file, text.utf8.count)
      guard piece.hasPrefix("m") || piece.hasPrefix("l") else {
        throw VirtualMachineError(file, "the debugger stub answers with '\(piece.prefix(40))'")
      }
      text += piece.dropFirst()
      byteCount += piece.utf8.count
      if piece.hasPrefix("l") || piece.utf8.count < 2 { break }
    }
    // QEMU uses xi:include without declaring it, which an XML parser refuses.
    for match in text.replacing(/<!--.*?-->/.dotMatchesNewlines(), with: "").matches(
      of: /<(xi:include|reg) ([^>]*)>/)
    {
      let attributes = match.2
      if match.1 == "xi:include" {
        if let name = Self.attribute("href", in: attributes) { try read(name, fetch) }
      } else if numbers.count < Self.registerLimit {
        if let own = Self.attribute("regnum", in: attributes).flatMap({ Int($0) }),
          (0...1 << 20).contains(own)
        {
          nextNumber = own
        }
        if let name = Self.attribute("name", in: attributes)?.lowercased(), numbers[name] == nil {
          numbers[name] = nextNumber
        }
        nextNumber += 1
      }
    }
  }

  private static func attribute(_ name: String, in text: Substring) -> String? {
    guard let start = text.firstRange(of: name + "=\"") else { return nil }
    return String(text[start.upperBound...].prefix { $0 != "\"" })
  }
}
