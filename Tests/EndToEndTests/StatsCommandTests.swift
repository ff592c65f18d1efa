import Testing

@Suite("pagewalk stats")
struct StatsCommandTests {
  @Test("JSON keeps the contract; the total is the sum")
  func json() throws {
    let outcome = try Command.run("stats", "--format", "json")
    #expect(outcome.status == 0)
    let objects = try outcome.objects()
    Contract.statistics.expect(objects)
    #expect(objects.map { $0["scope"] as? String } == ["kernel", "process", "total"])
    let tables = objects.compactMap { $0["tables"] as? Int }
    #expect(tables.count == 3)
    #expect(tables.dropLast().reduce(0, +) == tables.last)
    let bytes = objects.compactMap { $0["bytes"] as? Int }
    #expect(bytes.dropLast().reduce(0, +) == bytes.last)
  }

  @Test("CSV has a line a level, text a line a process")
  func others() throws {
    let csv = try Command.run("stats", "--format", "csv").lines
    #expect(csv.first == "scope,pid,command,level,tables,bytes")
    #expect(csv.contains { $0.hasPrefix("process,614,experiment,pgd,1,16384") })
    let text = try Command.run("stats").lines
    #expect(text.contains { $0.hasPrefix("614  experiment") })
  }
}
