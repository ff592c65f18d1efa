import Foundation
import KernelOracle
import Testing

/// The recorder that runs in guests is a second driver of the same agents: what it prints must be what is seen
/// from Swift.
@Suite(
  "the recorder", .serialized,
  .enabled(if: Harness.canRun, "agents cannot be observed here"),
  .enabled(if: Harness.compiler != nil, "there is no C compiler"))
struct RecorderTests {
  static let program = """
    program
    0 mmap 1001fe000 4000 rw- private,anonymous,fixed - 0
    0 write 1001fe000 4
    0 fork 1
    1 write 1001ff000 1
    0 mmap 0 3000 rw- shared,anonymous - 0
    0 mmap 0 3000 rw- shared,anonymous - 0
    0 ftruncate 2 4800
    0 mmap 100300000 8000 rwx private,fixed 2 1000
    0 read 100300000 8
    0 write 100300000 1
    0 fallocate 2 keep-size,punch-hole 1000 1000
    1 madvise 1001fe000 2000 dontneed
    1 mremap 1001fe000 4000 6000 maymove,fixed 100400000
    0 mlock2 1001fe000 1000 onfault
    0 mprotect 1001ff000 1000 ---
    0 read 1001fe000 6
    1 fork 7
    1 exit
    7 brk 10410000
    7 write 103fe000 4
    0 munmap 100200000 1
    0 msync 100300000 1000 sync
    0 madvise 100300000 1000 7777
    program
    0 read 100200000 2
    """

  @Test("it prints what is seen from Swift", arguments: Conditions.CounterSource.allCases)
  func same(source: Conditions.CounterSource) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "pagewalk-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let agent = root.appendingPathComponent("Sources/CKernelAgent")
    let sources = try FileManager.default.contentsOfDirectory(atPath: agent.path).filter {
      $0.hasSuffix(".c")
    }
    let recorder = folder.appendingPathComponent("recorder").path
    let built = try Self.run(
      try #require(Harness.compiler),
      [
        "-O2", "-Wall", "-Wextra", "-Werror", "-I", agent.appendingPathComponent("include").path, "-o",
        recorder,
      ]
        + [root.appendingPathComponent("Tests/Guests/guest/recorder.c").path]
        + sources.map { agent.appendingPathComponent($0).path }, input: "")
    try #require(built.status == 0)

    let log = try Self.run(
      recorder, [source == .status ? "--status" : "--rollup", "--note", "here and now"], input: Self.program)
    #expect(log.status == 0)
    var reader = try LogReader(text: log.output)
    let kernel = try RunningKernel(.init(counterSource: source))
    var conditions = kernel.conditions
    conditions.notes = ["here and now"]
    #expect(reader.conditions == conditions)
    var steps = 0
    for program in try Program.all(in: Self.program) {
      try kernel.run(program) { observation in
        let recorded = try #require(try reader.next())
        #expect(
          recorded.withCanonicalIdentities == observation.withCanonicalIdentities,
          "\(observation.step?.operation.text ?? "program")")
        steps += 1
      }
    }
    #expect(try reader.next() == nil)
    #expect(steps == 26)
    // the same through our own writer
    var writer = LogWriter(conditions)
    var again = try LogReader(text: log.output)
    while let observation = try again.next() { writer.append(observation) }
    #expect(writer.text == log.output)
  }

  private static func run(
    _ program: String, _ arguments: [String], input: String
  ) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    let (stdin, stdout) = (Pipe(), Pipe())
    process.standardInput = stdin
    process.standardOutput = stdout
    try process.run()
    try stdin.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    try stdin.fileHandleForWriting.close()
    let output = try stdout.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }
}
