import ArgumentParser
import CommandOptions
import Foundation
import PageTables
import Views

struct ReadCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "read",
    abstract: "Read bytes through the tables.",
    discussion: """
      The length is decimal, or hexadecimal with 0x. Where a page is not mapped or \
      cannot be read, the dump says so and goes on; with --binary the output ends \
      there.

      Examples:
        pagewalk read 614 7e9e6c24 64
        pagewalk read -s dump.elf init 400000 64
        pagewalk read -s dump.elf 7ffc12345000 0x100
        pagewalk read -s dump.elf --cpu 0 ffffffff82000000 4096 --binary | xxd | head
      """)

  @OptionGroup var source: SourceOptions
  @OptionGroup var space: SpaceOptions
  @OptionGroup var output: OutputOptions

  @Flag(help: "Write the bytes themselves to standard output.")
  var binary = false

  @Argument(help: ArgumentHelp("[PID] ADDRESS LENGTH", valueName: "pid-address-length"))
  var arguments: [String]

  func validate() throws {
    let expected = space.nameSpace ? 2...2 : 2...3
    guard expected.contains(arguments.count) else {
      throw ValidationError("expected \(space.nameSpace ? "" : "[PID] ")ADDRESS LENGTH")
    }
    guard output.format != .csv else { throw ValidationError("read prints text, json or --binary") }
  }

  func run() throws {
    let hasPID = arguments.count == 3
    let words = hasPID ? arguments.dropFirst() : arguments[...]
    guard let address = parseHexadecimal(words[words.startIndex]) else {
      throw ValidationError("'\(words[words.startIndex])' is not a hexadecimal address")
    }
    let lengthText = words[words.startIndex + 1]
    let length = lengthText.hasPrefix("0x") ? parseHexadecimal(lengthText) : UInt64(lengthText)
    guard let length else { throw ValidationError("'\(lengthText)' is not a length in bytes") }
    let source = try source.open()
    let process = hasPID ? arguments[0] : nil
    if let pages = try source.pages(ofProcess: process) {
      return try show(digits: 16) { pages.read(VirtualAddress(address), byteCount: length, body: $0) }
    }
    let space = try space.request(process: process, of: self.source).resolve(in: source)
    try space.check(VirtualAddress(address))
    try show(digits: Int(space.format.addressBits) / 4) {
      MemoryReading.read(VirtualAddress(address), byteCount: length, in: space, of: source, body: $0)
    }
  }

  /// Prints each part as it comes.
  private func show(digits: Int, _ read: ((MemoryReading.Part) -> Void) -> Void) throws {
    var missing: MemoryReading.Part?
    read { part in
      if binary, missing != nil { return }
      if part.bytes == nil { missing = missing ?? part }
      if binary {
        if let bytes = part.bytes { try? FileHandle.standardOutput.write(contentsOf: Data(bytes)) }
      } else if output.format == .json {
        print(MemoryReport(part).jsonLine)
      } else if let bytes = part.bytes {
        for line in hexDumpLines(bytes, at: part.address.rawValue, digits: digits) { print(line) }
      } else {
        print("\(hexadecimal(part.address.rawValue, width: digits))  \(part.byteCount) bytes: \(part.reason)")
      }
    }
    if let missing {
      StandardError.write(
        "pagewalk: nothing could be read at \(hexadecimal(missing.address.rawValue)): \(missing.reason)\n")
      throw ExitCode(1)
    }
  }
}
