import Foundation
import Testing

@Suite("pagewalk report and serve")
struct ReportCommandTests {
  /// The answers that lie in a report, by question.
  private func answers(in html: String) throws -> [String: Any] {
    let start = try #require(html.range(of: "<script type=\"application/json\" id=\"answers\">"))
    let end = try #require(html.range(of: "</script>", range: start.upperBound..<html.endIndex))
    let text = html[start.upperBound..<end.lowerBound]
    #expect(!text.contains("<"), "nothing in the answers can end them")
    return try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test("a report is one file with the page, its modules and the answers, and asks for nothing else")
  func report() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/report.html"
    let outcome = try Command.run("report", "-s", "lab:x86-64", "-o", path, "--walk", "init", "100000")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let html = try String(contentsOfFile: path, encoding: .utf8)
    #expect(!html.contains("src=\"/"))
    #expect(!html.contains("href=\"/"))
    #expect(!html.contains("http://"))
    #expect(html.contains("\"pagewalk/app\":\"data:text/javascript;base64,"))
    let answers = try answers(in: html)
    for question in ["/source", "/compare?count=64&from=0", "/frames", "/audit", "/stats", "/strip?pid=1"] {
      let answer = try #require(answers[question] as? [String: Any], "\(question)")
      #expect(answer["error"] == nil, "\(question)")
    }
    let walk = try #require(answers["/walk?address=0x100000&pid=1"] as? [String: Any])
    let printed = try #require(
      try Command.run("walk", "-s", "lab:x86-64", "1", "100000", "--format", "json").objects().first)
    #expect(walk["physical"] as? String == printed["physical"] as? String)
    let steps = try #require(walk["steps"] as? [[String: Any]])
    for step in steps {
      let level = try #require(step["level"] as? String)
      #expect(answers["/table?address=0x100000&level=\(level)&pid=1"] != nil)
    }
  }

  @Test("a report replaces a file only if told to")
  func existing() throws {
    let folder = try TemporaryFolder()
    let path = folder.write([1], "report.html")
    let refused = try Command.run("report", "-o", path)
    #expect(refused.status == 2)
    #expect(refused.errorLines.count == 1)
    #expect(refused.errors.contains("--force"))
    #expect(try Command.run("report", "-o", path, "--force").status == 0)
  }

  @Test("what cannot be in a report is one line", arguments: [["614"], ["614", "xyz"], ["4711", "1000"]])
  func badWalk(words: [String]) throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/report.html"
    let outcome = try Command.shell("$pagewalk report -o \(path) --walk \(words.joined(separator: " "))")
    #expect(outcome.status == 2)
    #expect(outcome.errorLines.count == 1)
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test("without the server beside it, serve says how to get it")
  func serve() throws {
    // Alone in a folder.
    let folder = try TemporaryFolder()
    let copy = folder.path + "/pagewalk"
    try FileManager.default.copyItem(atPath: try Command.path(), toPath: copy)
    let alone = try Command.shell("\(copy) serve -s lab")
    #expect(alone.status == 2)
    #expect(alone.errors.contains("scripts/pagewalk serve"))
    // With a program of that name there, that one runs, with the same arguments.
    let server = folder.write(Array("#!/bin/sh\necho served \"$@\"\nexit 7\n".utf8), "pagewalk-serve")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: server)
    let beside = try Command.shell("\(copy) serve -s lab --port 0 --help")
    #expect(beside.status == 7)
    #expect(beside.lines == ["served -s lab --port 0 --help"])
  }
}
