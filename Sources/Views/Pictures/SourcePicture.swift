import LinuxKernel
import MemoryImages
import PageTables

/// What a source is and who runs in it: what the explorer's page shows at its top.
struct SourcePicture: Encodable {
  struct Process: Encodable {
    var pid: Int
    var tgid: Int?
    var command: String
    var root: JSONAddress?
    var kernelThread: Bool
    /// The CPU that has its tables loaded.
    var current: Int?
  }

  var name: String
  var kind: String
  var architecture: String?
  var format: String?
  var release: String?
  var ramBytes: UInt64
  var frameSizeBytes: UInt64?
  var virtualBits: Int?
  /// The last address of processes' half.
  var userTop: JSONAddress?
  /// The first address of the kernel's half.
  var kernelBottom: JSONAddress?
  /// Whether the kernel's own table is known.
  var hasKernel: Bool
  var processes: [Process]
  /// All of them, also those that are not listed here.
  var processCount: Int
  var doubts: [String]
  var isLab: Bool
  /// What is going on that this answer waits for; the rest of it is incomplete meanwhile.
  var busy: String?
  var views: [String]

  /// How many processes one answer lists.
  static let processLimit = 500

  /// - Parameters:
  ///   - kernel: nil while it is being looked for, or if there is none.
  ///   - from: how many processes to leave out.
  init(_ source: Source, space: AddressSpace?, kernel: (any KernelKnowledge)?, from: Int) {
    name = source.name
    isLab = source.told != nil
    // What is no image and no lab is a running system, named by how it is reached: `live`, `qemu:...`.
    kind = source.image?.kind.rawValue ?? (isLab ? "lab" : String(name.prefix { $0 != ":" }))
    architecture = source.image?.architecture?.machine.rawValue
    release = kernel?.releaseText ?? source.image?.kernelRelease
    ramBytes = source.ram.reduce(0) { $0 &+ ($1.last.rawValue &- $1.first.rawValue &+ 1) }
    let format = kernel?.format ?? space?.format ?? source.spaces.first?.format ?? source.kernel?.format
    self.format = format.map { "\($0.name)" }
    frameSizeBytes = format.map { 1 << UInt64($0.pageSizeBits) }
    virtualBits = format.flatMap { format in
      guard format.regionCount > 0 else { return nil }
      let region = format.region(format.regionCount - 1)
      return Int(format.level(Int(region.firstDepth)).shift) + Int(region.firstIndexBits)
    }
    let border = KernelBorder(source, kernel: kernel, format: format)
    userTop = border.userTop.map { JSONAddress($0) }
    kernelBottom = border.kernelBottom.map { JSONAddress($0) }
    hasKernel = kernel?.masterRoot != nil || source.kernel != nil
    let all = Self.processes(source, kernel: kernel)
    processCount = all.count
    processes = Array(all.dropFirst(from).prefix(Self.processLimit))
    doubts = source.image?.notes ?? []
    if let kernel, !kernel.isTaskListWhole { doubts.append("the list of tasks is cut: there may be more") }
    if let kernel, !kernel.knowsRoots { doubts.append("no page table of a process was found") }
    if source.image?.isIncomplete == true { doubts.append("the image is incomplete: it ends early") }
    if source.isRunning {
      doubts.append("the system is running: what was worked out once is shown as it was then")
    }
    views = ["space", "walk", "compare", "frames", "lab", "audit"]
  }

  private static func processes(_ source: Source, kernel: (any KernelKnowledge)?) -> [Process] {
    guard let kernel else {
      return source.spaces.compactMap { space in
        space.process.map {
          Process(
            pid: $0.pid, command: $0.command, root: JSONAddress(space.root.lower.rawValue),
            kernelThread: false)
        }
      }
    }
    return kernel.tasks.filter { $0.pid != 0 && $0.pid == $0.tgid }.map { task in
      let root = kernel.living(task).root
      return Process(
        pid: task.pid, command: task.command, root: root.map { JSONAddress($0.lower.rawValue) },
        kernelThread: task.kind == .kernelThread,
        current: root.flatMap { root in
          source.told?.cpu(running: root)
            ?? source.image?.registers.first { $0.hasLoaded(root.lower, format: kernel.format) }?.index
        })
    }
  }
}

/// Where the processes' addresses end and the kernel's begin.
struct KernelBorder {
  var userTop: UInt64?
  var kernelBottom: UInt64?

  init(_ source: Source, kernel: (any KernelKnowledge)?, format: PagingFormat?) {
    if let kernel {
      userTop = kernel.lastUserAddress.rawValue
      kernelBottom = kernel.firstKernelAddress.rawValue
    } else if let format, format.addressBits == 64, format.regionCount > 1 {
      userTop = format.region(0).last.rawValue
      kernelBottom = format.region(format.regionCount - 1).first.rawValue
    } else if let linear = source.linearMap, source.finder == nil {
      kernelBottom = linear.virtual.rawValue
      userTop = linear.virtual.rawValue &- 1
    }
  }
}
