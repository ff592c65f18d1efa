import KernelLab
import LinuxKernel
import PageTables

/// The lab's kernel as the views know kernels.
struct LabKernel: KernelKnowledge {
  private let image: LabImage
  let tasks: [LinuxKernel.Task]

  init(_ image: LabImage) {
    self.image = image
    tasks = image.tasks.map { task in
      let kind: LinuxKernel.Task.Kind = task.hasExited ? .zombie : task.root == nil ? .kernelThread : .process
      // Address spaces are told apart by number, as structures in memory are by address.
      let space = UInt64(task.spaceID ?? 0)
      let borrowed = task.borrows.flatMap { pid in image.tasks.first { $0.pid == pid }?.spaceID }
      return LinuxKernel.Task(
        pid: task.pid, tgid: task.pid, command: task.command, address: VirtualAddress(0),
        physical: PhysicalAddress(0), kind: kind, parent: task.parent, memoryDescriptor: space,
        activeMemoryDescriptor: borrowed.map { UInt64($0) } ?? space, root: task.root)
    }
  }

  var format: PagingFormat {
    var format = image.profile.format
    // The lab writes what its format says.
    format.notPresent.knowsOptions = true
    return format
  }
  var isTaskListWhole: Bool { true }
  var lastUserAddress: VirtualAddress { VirtualAddress(image.profile.taskSize &- 1) }

  var firstKernelAddress: VirtualAddress {
    let lowest = format.region(format.regionCount - 1).first
    return format.addressBits == 32 ? VirtualAddress(image.profile.taskSize) : lowest
  }

  var firstKernelAddressEvidence: Evidence { Evidence(.lab, "the lab's profile \(image.profile.name)") }

  var masterRoot: Fact<PageTableRoot>? { Fact(image.kernelRoot, Evidence(.lab, "the lab")) }
  var releaseText: String? { "\(image.profile.release)" }
  func evidence(of task: LinuxKernel.Task) -> String { "the lab" }

  var tables: PageTableSet {
    var sets: [ProcessTables] = []
    var place: [UInt32: Int] = [:]
    for task in image.tasks {
      guard let root = task.root, let id = task.spaceID, !task.hasExited else { continue }
      if let index = place[id] {
        sets[index].sharers.append(task.pid)
      } else {
        place[id] = sets.count
        sets.append(ProcessTables(pid: task.pid, command: task.command, root: root))
      }
    }
    return PageTableSet(format: format, master: image.kernelRoot, processes: sets)
  }

  func areas(of task: LinuxKernel.Task) -> AreaList {
    let areas = image.tasks.first { $0.pid == task.pid }?.areas ?? []
    return AreaList(areas: areas.map { LinuxKernel.Area($0) }, gaps: [])
  }
}

extension LinuxKernel.Area {
  /// The lab's area, with Linux's bits (include/linux/mm.h).
  fileprivate init(_ area: LabTask.Area) {
    let bits: [(AreaFlags, UInt64)] = [
      (.read, 1), (.write, 2), (.execute, 4), (.shared, 8), (.mayWrite, 0x20), (.growsDown, 0x100),
      (.locked, 0x2000),
    ]
    let flags = bits.filter { area.flags.contains($0.0) }.reduce(0) { $0 | $1.1 }
    self.init(
      first: VirtualAddress(area.start), last: VirtualAddress(area.end &- 1), flags: flags,
      fileOffset: area.fileOffset, hasFile: area.fileName != nil, path: area.fileName)
  }
}
