import LinuxKernel
import MemoryImages
import PageTables
import Testing

/// What kernels counted of their processes' memory, read out of memory, against `/proc/PID/status`.
@Suite(.enabled(if: !Guest.built.isEmpty || Guest.isRequired, "no guest is built; run scripts/guests build"))
struct ResidentTests {
  @Test("every count is the one that /proc told, or is not told at all", arguments: Guest.built)
  func counts(_ guest: Guest) throws {
    let image = try openImage(guest, "elf")
    let kernel = try KernelSearch(machine: image.architecture?.machine).run(in: KernelMemory(image))
    guard let counting = ResidentCounting(kernel) else {
      // Without types nothing tells where the counters are.
      let types = kernel.evidence.first { $0.name == "types" }
      #expect(types?.evidence.detail == "there is none in memory")
      return
    }
    let recorder = try guest.recorder()
    var tally = Tally()
    for task in kernel.tasks where task.pid == task.tgid && task.kind != .kernelThread {
      guard task.tgid != recorder, let status = guest.printed("status.\(task.pid)"),
        let pages = counting.pages(of: kernel.living(task))
      else { continue }
      #expect(!pages.isApproximate)
      let told = ["VmRSS", "RssAnon", "RssFile", "RssShmem", "VmSwap"].map { kilobytes($0, in: status) }
      let found = [
        pages.totalCount, pages.anonymousCount, pages.fileCount, pages.sharedMemoryCount, pages.swappedCount,
      ].map { ($0 << Int(kernel.format.pageSizeBits)) >> 10 }
      if told == found {
        tally.count("counts equal")
      } else {
        tally.differ("\(task.pid) \(task.command): \(found), told \(told)")
      }
    }
    print("guest \(guest.name), rss: \(tally)")
    #expect(tally.differenceCount == 0)
    #expect(tally["counts equal"] > 5)
  }

  private func kilobytes(_ name: String, in status: String) -> Int? {
    status.split(separator: "\n").first { $0.hasPrefix(name + ":") }
      .flatMap { Int($0.split(whereSeparator: \.isWhitespace)[1]) }
  }
}
