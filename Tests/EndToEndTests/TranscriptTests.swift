import Testing

/// The walk that the tool grew out of: an ARM kernel module's log of process 614, address 7e9e6c24.
@Suite("The transcript")
struct TranscriptTests {
  @Test("the text has every number of the transcript in its place")
  func text() throws {
    let outcome = try Command.run("walk", "614", "7e9e6c24")
    #expect(outcome.status == 0)
    #expect(outcome.errors.isEmpty)
    let lines = outcome.lines
    #expect(lines.first?.contains("process 614 ") == true)
    #expect(lines.first?.contains("(kernel address c8058000)") == true)
    let words = lines.map { $0.split(whereSeparator: \.isWhitespace).map(String.init) }
    let header = try #require(lines.first { $0.hasPrefix("level") })
    #expect(header.contains("kernel address"))
    let linux = words.filter { $0.first == "Linux's" }
    #expect(linux.count == 2)
    // "Linux's", index, address, kernel address.
    #expect(linux.first?.dropFirst(3).first == "c8059fa0")
    #expect(linux.last?.dropFirst(3).first == "c8269798")
    #expect(words.contains { $0.prefix(2) == ["page", "574a1000"] })
    #expect(words.contains { $0.prefix(2) == ["physical", "574a1c24"] })
    #expect(words.contains { $0.prefix(2) == ["value", "8055"] })
  }

  @Test("the JSON has them too, in their fields")
  func json() throws {
    let outcome = try Command.run("walk", "614", "7e9e6c24", "--format", "json")
    #expect(outcome.status == 0)
    let objects = try outcome.objects()
    Contract.walk.expect(objects)
    let walk = try #require(objects.first)
    #expect(objects.count == 1)
    #expect(walk["source"] as? String == "lab")
    #expect(walk["format"] as? String == "arm")
    #expect((walk["process"] as? [String: Any])?["pid"] as? Int == 614)
    #expect(walk["root"] as? String == "0x58058000")
    #expect(walk["outcome"] as? String == "mapped")
    #expect(walk["physical"] as? String == "0x574a1c24")
    #expect(walk["pageSize"] as? Int == 4096)
    #expect(walk["value"] as? String == "55800000")
    let steps = try #require(walk["steps"] as? [[String: Any]])
    #expect(steps.map { $0["level"] as? String } == ["pgd", "pte"])
    let linux = steps.map { $0["linux"] as? [String: Any] }
    #expect(linux.first??["entryKernelAddress"] as? String == "0xc8059fa0")
    #expect(linux.last??["entryKernelAddress"] as? String == "0xc8269798")
    #expect(steps.last?["next"] as? String == "0x574a1000")
  }
}
