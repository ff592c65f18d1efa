import LinuxKernel
import MemoryImages
import PageTables
import Workloads

/// What the commands that look at all processes cost for each table page, with ten times and a hundred times
/// as many processes: the same, if the cost is linear.
enum ProcessCost {
  private struct Job: Sendable {
    let name: String
    let run: @Sendable (ProcessesImage, MappedMemory) -> Void
  }

  static func report(rounds: Int) {
    let images = [10, 100, 1000].compactMap { ProcessesImage(processCount: $0) }
    let memories = images.compactMap { image in
      if case .mapped(let memory) = image.memory.storage { memory } else { nil }
    }
    guard images.count == 3, memories.count == 3 else { return }
    print("\nprocesses: processor time in us for each table page, at best")
    let sizes = images.map { "\($0.tables.processes.count) processes: \($0.tableCount) tables" }
    print("  " + sizes.joined(separator: "; "))
    for job in jobs {
      var best = [Double](repeating: .infinity, count: images.count)
      for _ in 0..<rounds {
        for index in images.indices {
          let sample = Sample(repeats: 1) { job.run(images[index], memories[index]) }
          best[index] = min(best[index], sample.processorSeconds / Double(images[index].tableCount))
        }
      }
      let figures = best.map { Main.pad(Main.fixed($0 * 1e6), 8) }.joined()
      print("  \(figures)  \(job.name); 1000 to 100: \(Main.fixed(best[2] / best[1]))")
    }
    let audit = Audit.run(AuditInput(tables: images[2].tables, ram: images[2].ram), in: memories[2])
    print("  findings of the audit that are not explained: \(audit.findings.count { !$0.isExplained })")
  }

  private static let jobs = [
    Job(name: "compare") { image, memory in
      do throws(KernelComparison.SetupError) {
        var comparison = try KernelComparison(of: image.tables, in: memory)
        for process in image.tables.processes {
          let result = comparison.compare(process, in: memory)
          precondition(result.kernelPart.sameCount > 0, "nothing was compared")
        }
      } catch {
        print("  cannot compare: \(error)")
      }
    },
    Job(name: "stats") { image, memory in
      let statistics = TableStatistics(image.tables, ram: image.ram, in: memory)
      precondition(statistics.isComplete, "not all tables were counted")
    },
    Job(name: "audit") { image, memory in
      let report = Audit.run(AuditInput(tables: image.tables, ram: image.ram), in: memory)
      precondition(report.isComplete, "not all tables were audited")
    },
    Job(name: "reverse map, 1 thread") { image, memory in
      precondition(ReverseMap(image.tables, in: image.memory, threadCount: 1).runCount > 0, "an empty map")
    },
  ]
}
