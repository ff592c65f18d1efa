/// Operations in the order in which they are done, from a fresh process on.
public struct Program: Hashable, Sendable {
  public var operations: [MemoryOperation]

  public init(_ operations: [MemoryOperation]) { self.operations = operations }

  /// One operation a line.
  public var text: String { operations.map { $0.text + "\n" }.joined() }

  /// A program of one operation a line. Empty lines and lines that begin with `#` say nothing.
  public init(text: String) throws(TextError) {
    let programs = try Program.all(in: text)
    guard programs.count <= 1 else {
      throw TextError(line: 1, column: 1, problem: "\(programs.count) programs where one is wanted")
    }
    self = programs.first ?? Program([])
  }

  /// The programs of a file: a line `program` begins one; before the first it may be left out.
  public static func all(in text: String) throws(TextError) -> [Program] {
    var programs: [Program] = []
    let bytes = Array(text.utf8)
    var lines = Lines(bytes)
    while var scanner = lines.next() {
      if scanner.isAtEnd || scanner.first == UInt8(ascii: "#") { continue }
      if scanner.holds("program") {
        programs.append(Program([]))
        continue
      }
      if programs.isEmpty { programs.append(Program([])) }
      programs[programs.count - 1].operations.append(try MemoryOperation(&scanner))
    }
    return programs
  }

  /// The text of several programs, each begun by a line `program`.
  public static func text(of programs: [Program]) -> String {
    programs.map { "program\n" + $0.text }.joined()
  }
}
