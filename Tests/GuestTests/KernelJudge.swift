import LinuxKernel
import MemoryImages
import PageTables
import Testing

/// What was found in a guest's memory, against what the guest's kernel said.
///
/// Of a damaged image less is found: what is missing is counted then, and only what is wrong differs.
struct KernelJudge {
  var guest: Guest
  var kernel: FoundKernel
  var isDamaged = false
  var tally = Tally()

  init(guest: Guest, kernel: FoundKernel, isDamaged: Bool = false) {
    self.guest = guest
    self.kernel = kernel
    self.isDamaged = isDamaged
  }

  /// Counts what a damaged image may lack; in a whole one it is a difference.
  private mutating func lack(_ name: String, _ text: @autoclosure () -> String) {
    if isDamaged { tally.count(name) } else { tally.differ("\(name): \(text())") }
  }

  // MARK: Tasks

  /// Every thread of the guest, and no other: number, process, name, kind, parent.
  mutating func compareTasks() throws {
    let truth = try guest.tasks()
    var found: Set<Int> = []
    for task in kernel.tasks {
      guard let expected = truth[task.pid], task.tgid == expected.tgid, expected.isNamed(task.command) else {
        countStranger(task)
        continue
      }
      guard found.insert(task.pid).inserted else {
        tally.differ("\(task.pid) \(task.command) was found twice")
        continue
      }
      tally.count(task.doubts.isEmpty ? "tasks equal" : "tasks equal, with doubts")
      compareDetails(task, expected)
    }
    for (pid, task) in truth.sorted(by: { $0.key < $1.key }) where !found.contains(pid) {
      if task.name.hasPrefix("kworker/"), !isDamaged {
        // The kernel starts and ends them as it likes, also after they were printed.
        tally.count("workers that have ended since")
      } else {
        lack("tasks not found", "\(pid) \(task.name)")
      }
    }
  }

  private mutating func countStranger(_ task: LinuxKernel.Task) {
    if task.pid == 0, task.tgid == 0, task.command.hasPrefix("swapper") {
      tally.count("idle threads of further processors")
    } else if task.command.hasPrefix("kworker/"), task.kind == .kernelThread {
      tally.count("workers that have started since")
    } else if !task.doubts.isEmpty {
      tally.count("doubtful, and no tasks")
    } else {
      tally.differ("\(task.pid) \(task.tgid) \(task.command) is no task")
    }
  }

  private mutating func compareDetails(_ task: LinuxKernel.Task, _ expected: TaskTruth) {
    if task.kind == expected.kind {
      tally.count("\(task.kind.rawValue)s")
    } else if task.kind == .unknown {
      lack("kinds not known", "\(task.pid) \(task.command)")
    } else if isDamaged, !task.doubts.isEmpty {
      tally.count("kinds of doubtful tasks")
    } else {
      tally.differ("\(task.pid) \(task.command) is a \(expected.kind), found as \(task.kind)")
    }
    if task.parent == expected.parent {
      tally.count("parents equal")
    } else if task.parent == nil {
      lack("parents not known", "\(task.pid) \(task.command)")
    } else {
      tally.differ("\(task.pid) \(task.command): parent \(expected.parent), found \(task.parent ?? -1)")
    }
  }

  // MARK: Areas

  /// Every area of every process: range, rights, offset, path.
  mutating func compareAreas() throws {
    for pid in try guest.mappedProcesses() {
      let expected = try guest.areas(of: pid).filter { !$0.isGate }
      if try pid == guest.recorder() {
        tally.count("areas of the shell that printed them, not compared", expected.count)
        continue
      }
      guard let task = kernel.task(pid) else {
        lack("processes without a task", "\(pid)")
        continue
      }
      let list = kernel.areas(task)
      for gap in list.gaps { lack("gaps", "\(pid): \(gap)") }
      var found = Dictionary(list.areas.map { ($0.first.rawValue, $0) }, uniquingKeysWith: { old, _ in old })
      if found.count < list.areas.count { tally.differ("\(pid): areas with the same first address") }
      for area in expected {
        if let same = found.removeValue(forKey: area.first) {
          compare(same, area, "\(pid) \(String(area.first, radix: 16))")
        } else {
          lack("areas not found", "\(pid) \(area)")
        }
      }
      for area in found.values { tally.differ("\(pid): \(area) is no area") }
    }
  }

  private mutating func compare(_ area: Area, _ expected: AreaTruth, _ label: String) {
    guard area.last.rawValue == expected.last else {
      return tally.differ("\(label) ends at \(area.last), not \(String(expected.last, radix: 16))")
    }
    tally.count("areas \(expected.kind)")
    if area.permissions != expected.permissions {
      lack("rights", "\(label): \(area.permissions ?? "unknown"), not \(expected.permissions)")
    }
    if area.hasFile != expected.hasFile { lack("file or not", "\(label): \(area), not \(expected)") }
    guard expected.hasFile else { return }
    if area.fileOffset != expected.fileOffset {
      lack("offsets", "\(label): \(area.fileOffset ?? .max), not \(expected.fileOffset)")
    }
    if area.path == expected.name {
      tally.count("paths equal")
    } else if let path = area.path, Guest.mounts.contains(where: { $0 + path == expected.name }) {
      tally.count("paths equal below their mount")
    } else {
      lack("paths", "\(label): \(area.path ?? "none"), not \(expected.name)")
    }
  }

  // MARK: Pages

  /// Every page of every process, through the root that was found, against its pagemap.
  mutating func comparePages(in memory: any PhysicalMemory & Sendable) throws {
    let truth = try guest.tasks()
    let release = KernelRelease(guest.truth.kernelRelease)
    for pid in try guest.mappedProcesses() where try pid != guest.recorder() {
      // Where the first thread has exited another one spoke for the process.
      let tgid = truth[pid]?.tgid ?? pid
      guard let tables = kernel.tables(of: tgid) else {
        lack("processes without tables", "\(tgid)")
        continue
      }
      let format = release.map { kernel.tables.format.reading(kernel: $0) } ?? kernel.tables.format
      var pages = PagemapComparison(walker: Walker(format: format, root: tables.root))
      pages.isDamaged = isDamaged
      let pagemap = try guest.pagemap(of: pid)
      for area in try guest.areas(of: pid) where !area.isGate {
        for address in stride(from: area.first, to: area.last, by: Int(guest.pageSizeBytes)) {
          pages.compare(
            VirtualAddress(address), entry: pagemap[address] ?? 0, isDevice: area.isDevice, in: memory)
        }
      }
      if isDamaged, pages.tally.differenceCount > 0, kernel.task(tables.pid)?.doubts.isEmpty == false {
        tally.count("processes' tables that are wrong, and doubted")
        continue
      }
      tally.count("processes' tables")
      tally.add(pages.tally, "\(pid)")
    }
  }

  // MARK: The kernel

  /// Which processes share tables, and whose root was loaded.
  mutating func compareSharing() throws {
    let sharers = try guest.sharers()
    let groups = kernel.tables.processes.map { Set([$0.pid] + $0.sharers) }.filter { $0.count > 1 }
    if groups == [sharers] {
      tally.count("groups of sharers equal")
    } else {
      lack("sharers", "\(groups), not \(sharers)")
    }
    let child = try #require(guest.truth.probe?.child)
    // With page-table isolation user mode runs on a copy in the frame above (Linux, arch/x86/mm/pti.c).
    let loaded = try guest.walker(guest.registers).root.lower.rawValue
    let full = try guest.kernelRegisters.map { try guest.walker($0).root.lower.rawValue } ?? loaded
    guard let root = kernel.tables(of: child)?.root.lower.rawValue else {
      return lack("loaded roots", "no tables of \(child)")
    }
    if root == loaded {
      tally.count("roots as loaded")
    } else if root == full || root == loaded & ~0x1000 {
      tally.count("roots of the kernel's copy")
    } else {
      tally.differ("root \(String(root, radix: 16)), loaded \(String(loaded, radix: 16))")
    }
  }

  /// What QEMU translated in the kernel's half, through the master that was found.
  mutating func compareMaster(in memory: any PhysicalMemory & Sendable) throws {
    guard let master = kernel.tables.master else { return lack("masters", "not found") }
    let walker = Walker(format: kernel.tables.format, root: master)
    let half: UInt64 = kernel.tables.format.addressBits == 64 ? 1 << 63 : 0xc000_0000
    for row in try guest.rows("gva2gpa") {
      let address = try #require(UInt64(row[0], radix: 16))
      guard address >= half else { continue }
      let expected = UInt64(row[1], radix: 16)
      let outcome = walker.translate(VirtualAddress(address), in: memory)
      let found = outcome.mapping?.physical.rawValue
      if found == expected {
        tally.count("kernel addresses equal")
      } else if expected == nil {
        tally.count("kernel addresses in the master only")
      } else if found == nil, isDamaged {
        tally.count("kernel addresses not readable")
      } else {
        tally.differ("\(row): \(outcome.outcome)")
      }
    }
  }

  /// Release and slide.
  mutating func compareIdentity() throws {
    let (release, expected) = (kernel.release, guest.truth.kernelRelease)
    if release == expected {
      tally.count("releases equal")
    } else {
      lack("releases", "\(release ?? "none"), not \(expected)")
    }
    guard let slide = try guest.textSlide() else { return tally.count("slides that the guest does not tell") }
    let found = kernel.textSlide
    if found == slide {
      tally.count("slides equal")
    } else {
      lack("slides", "\(String(found ?? .max, radix: 16)), not \(String(slide, radix: 16))")
    }
  }
}
