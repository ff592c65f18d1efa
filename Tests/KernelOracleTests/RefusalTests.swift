import Glibc
import Testing

@testable import KernelOracle

@Suite("what cannot be done", .serialized, .enabled(if: Harness.canRun, "agents cannot be observed here"))
struct RefusalTests {
  @Test(
    "an operation that would reach the agent is refused, and the program goes on",
    arguments: [
      "0 munmap 0 7ffffffff000", "0 munmap 103fd000 1000", "0 mprotect 1033ffff 1 ---",
      "0 mmap 10300000 1000 rw- private,anonymous,fixed - 0", "0 write 103fd000 1",
      "0 mremap 20000000 1000 1000 maymove,fixed 103fd000", "0 read 102ff000 2",
    ])
  func agent(line: String) throws {
    let kernel = try RunningKernel()
    let before = try kernel.start()
    let operation = try MemoryOperation(text: line)
    let error = try #require(throws: OracleError.self) { try kernel.perform(operation) }
    guard case .cannotPerform(operation, let failure) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(failure.reason == .range)
    #expect(error.description.contains(line))
    #expect(try kernel.look() == before.processes)
  }

  @Test("a process that does not live does nothing")
  func nobody() throws {
    let kernel = try RunningKernel()
    #expect(throws: OracleError.noProgram) { try kernel.perform(MemoryOperation(slot: 0, .exit)) }
    _ = try kernel.start()
    for line in ["1 brk 0", "2 exit"] {
      let error = try #require(throws: OracleError.self) {
        try kernel.perform(try MemoryOperation(text: line))
      }
      #expect(error.description.contains("no such process"))
    }
    _ = try kernel.perform(try MemoryOperation(text: "0 fork 1"))
    #expect(throws: OracleError.self) { try kernel.perform(try MemoryOperation(text: "0 fork 1")) }
    // the last one may leave
    _ = try kernel.perform(try MemoryOperation(text: "0 exit"))
    #expect(try kernel.perform(try MemoryOperation(text: "1 exit")).processes?.isEmpty == true)
  }

  @Test("an agent that is killed is an error that says by what, and the next program runs")
  func killed() throws {
    let kernel = try RunningKernel()
    _ = try kernel.start()
    kill(try #require(kernel.agents.process(0)), SIGKILL)
    let operation = MemoryOperation(slot: 0, .setBreak(address: 0))
    let error = try #require(throws: OracleError.self) { try kernel.perform(operation) }
    guard case .cannotPerform(operation, let failure) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(failure.reason == .died && failure.number == 9)
    #expect(throws: OracleError.noProgram) { try kernel.perform(operation) }
    _ = try kernel.start()
    #expect(try kernel.perform(operation).step?.outcome.error == nil)
  }

  @Test("an agent that hangs is an error that names the operation")
  func hung() throws {
    let kernel = try RunningKernel(.init(waitSeconds: 1))
    _ = try kernel.start()
    kill(try #require(kernel.agents.process(0)), SIGSTOP)
    let operation = MemoryOperation(slot: 0, .setBreak(address: 0))
    let error = try #require(throws: OracleError.self) { try kernel.perform(operation) }
    guard case .cannotPerform(operation, let failure) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(failure.reason == .notAnsweredInTime)
    #expect(error.description.contains("0 brk 0"))
    // ended all the same, and the next program runs
    _ = try kernel.start()
    #expect(try kernel.perform(operation).step?.outcome.error == nil)
  }

  @Test("nothing is left of the agents when the kernel is let go")
  func nothingLeft() throws {
    var processes: [Int32] = []
    do {
      let kernel = try RunningKernel()
      _ = try kernel.start()
      _ = try kernel.perform(try MemoryOperation(text: "0 fork 1"))
      _ = try kernel.perform(try MemoryOperation(text: "1 fork 2"))
      processes = try (0...2).map { try #require(kernel.agents.process($0)) }
      #expect(processes.allSatisfy { kill($0, 0) == 0 })
    }
    // reaped: their numbers are nobody's
    #expect(processes.allSatisfy { kill($0, 0) == -1 })
  }

  @Test("more pages than are looked at are an error, not a long wait")
  func tooMuch() throws {
    let kernel = try RunningKernel()
    _ = try kernel.start()
    let error = try #require(throws: OracleError.self) {
      try kernel.perform(
        try MemoryOperation(text: "0 mmap 0 10000000000 r-- private,anonymous,noreserve - 0"))
    }
    #expect(error == .tooManyPages(slot: 0, pages: 1 << 28))
  }

  @Test("two kernels at once do not disturb each other")
  func two() throws {
    let first = try RunningKernel()
    let second = try RunningKernel(.init(counterSource: .rollup, processor: .any))
    _ = try first.start()
    _ = try second.start()
    let map = try MemoryOperation(text: "0 mmap 100200000 1000 rw- private,anonymous,fixed - 0")
    let write = try MemoryOperation(text: "0 write 100200000 1")
    _ = try first.perform(map)
    let missing = try second.perform(write)
    #expect(missing.step?.outcome.signals?.code == 1)
    _ = try second.perform(map)
    let (one, other) = (try first.perform(write), try second.perform(write))
    #expect(one.process(0)?.counters == other.process(0)?.counters)
    #expect(one.process(0)?.areas == other.process(0)?.areas)
  }
}
