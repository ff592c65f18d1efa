import Foundation
import LinuxKernel
import LiveMemory
import MemoryImages
import PageTables

/// The running kernel as far as `/proc` shows it to everybody: processes and their areas, no page tables.
struct ListedKernel: KernelKnowledge {
  let tasks: [LinuxKernel.Task]

  init() {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    tasks = names.compactMap { Int($0) }.sorted().compactMap { RunningProcess(pid: $0) }.map { process in
      let kind: LinuxKernel.Task.Kind =
        switch process.kind {
        case .process: .process
        case .kernelThread: .kernelThread
        case .zombie: .zombie
        }
      return LinuxKernel.Task(
        pid: process.pid, tgid: process.pid, command: process.command, address: VirtualAddress(0),
        physical: PhysicalAddress(0), kind: kind, parent: process.parent)
    }
  }

  /// The machine that this program was built for, which is the one that runs it.
  static var machine: ImageArchitecture.Machine? {
    #if arch(x86_64)
      .amd64
    #elseif arch(arm64)
      .aarch64
    #elseif arch(i386)
      .x86
    #elseif arch(arm)
      .arm
    #elseif arch(riscv64)
      .riscv64
    #else
      nil
    #endif
  }

  /// What such a machine's kernel may page in; which of them it is, nothing here tells.
  var format: PagingFormat {
    PagingFormat.candidates(wordByteCount: MemoryLayout<Int>.size, machine: Self.machine).first ?? .x86_64
  }

  var tables: PageTableSet { PageTableSet(format: format, master: nil, processes: []) }
  var isTaskListWhole: Bool { true }
  var knowsRoots: Bool { false }
  var lastUserAddress: VirtualAddress { format.region(0).last }
  var firstKernelAddress: VirtualAddress { format.region(format.regionCount - 1).first }
  var firstKernelAddressEvidence: Evidence { Evidence(.architecture, "\(format.name) has two halves") }
  var masterRoot: Fact<PageTableRoot>? { nil }
  var releaseText: String? { nil }
  func evidence(of task: LinuxKernel.Task) -> String { "system: /proc/\(task.pid)/stat" }

  func areas(of task: LinuxKernel.Task) -> AreaList {
    do throws(RungRefusal) {
      return AreaList(areas: try ProcessPages(pid: task.pid).areas().map { Area($0) }, gaps: [])
    } catch {
      return AreaList(areas: [], gaps: [error.description])
    }
  }
}

extension Area {
  /// An area as `/proc/PID/maps` has it, with Linux's bits (include/linux/mm.h).
  init(_ area: ProcessArea) {
    let bits: [(Character, UInt64)] = [("r", 1), ("w", 2), ("x", 4), ("s", 8)]
    self.init(
      first: VirtualAddress(area.first), last: VirtualAddress(area.last),
      flags: bits.reduce(0) { area.permissions.contains($1.0) ? $0 | $1.1 : $0 },
      fileOffset: area.fileOffset, hasFile: area.inode != 0, path: area.path)
  }
}
