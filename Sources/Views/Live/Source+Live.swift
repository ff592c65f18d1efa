import LinuxKernel
import LiveMemory
import MemoryImages
import PageTables

extension Source {
  /// `live`, or `live:RUNG`: the machine that runs this program.
  static func live(_ request: SourceRequest) throws(SourceError) -> Source {
    let name = request.name
    var wanted: LiveRung?
    if name != "live" {
      wanted = LiveRung(rawValue: String(name.dropFirst("live:".count)))
      guard wanted != nil else {
        let names = LiveRung.allCases.map { "live:\($0.rawValue)" }.joined(separator: ", ")
        throw SourceError("'\(name)' is no way to read the running system; there are live, \(names)")
      }
    }
    let types = wanted == .pagemap ? nil : try? TypeInformation(path: Self.typesPath)
    let system: LiveSystem
    do throws(RungRefusal) {
      system = try LiveSystem(wanted) { () throws(RungRefusal) in try taskPlaces(types) }
    } catch {
      throw SourceError("\(name): \(error)")
    }
    guard let memory = system.memory else {
      var source = Source(name: name, memory: NoMemory())
      source.live = system
      source.isRunning = true
      source.listed = ListedKernel()
      return source
    }
    var source = Source(name: name, memory: memory)
    source.live = system
    source.isRunning = true
    source.finder = KernelFinder(
      kernelMemory(of: system, memory),
      search: KernelSearch(
        machine: ListedKernel.machine, vmcoreinfo: system.vmcoreinfo, overrides: request.overrides,
        places: places(system, memory, types), progress: request.searchProgress))
    return source
  }

  private static let typesPath = "/sys/kernel/btf/vmlinux"

  /// Where a task keeps its tables, for a BPF program, which begins with the task that runs it.
  private static func taskPlaces(_ types: TypeInformation?) throws(RungRefusal) -> TaskPlaces {
    guard let types else {
      throw RungRefusal(
        .notConfigured,
        "\(typesPath) cannot be read: the kernel has no CONFIG_DEBUG_INFO_BTF, or /sys is not mounted")
    }
    guard let mm = types.offset(of: "task_struct.mm"), let pgd = types.offset(of: "mm_struct.pgd") else {
      throw RungRefusal(.failed, "\(typesPath) has no task_struct.mm and mm_struct.pgd")
    }
    return TaskPlaces(
      memoryDescriptor: mm, root: pgd,
      formats: PagingFormat.candidates(wordByteCount: 8, machine: ListedKernel.machine))
  }

  /// The memory with its RAM, and what of it this way does not reach.
  static func kernelMemory(of system: LiveSystem, _ memory: LiveMemory) -> KernelMemory {
    func ranges(_ list: [ClosedRange<UInt64>]) -> [RAMRange] {
      list.map { RAMRange(first: PhysicalAddress($0.lowerBound), last: PhysicalAddress($0.upperBound)) }
    }
    let all = (memory.ram + system.missing).sorted { $0.lowerBound < $1.lowerBound }
    return KernelMemory(
      memory, ranges: ranges(memory.ram), ram: system.missing.isEmpty ? nil : ranges(all))
  }

  private static func places(
    _ system: LiveSystem, _ memory: LiveMemory, _ types: TypeInformation?
  ) -> KernelPlaces? {
    guard let offset = memory.directMapOffset, let image = system.kernelImage else { return nil }
    let words =
      switch memory.rung {
      case .device: "/dev/pagewalk says so"
      case .kcore: "/proc/kcore has RAM at that distance"
      case .bpf, .pagemap: "this process's own tables lead to its own memory with it"
      }
    return KernelPlaces(
      image: [
        RAMRange(first: PhysicalAddress(image.lowerBound), last: PhysicalAddress(image.upperBound))
      ],
      directMapOffset: offset,
      evidence: Evidence(.system, words),
      types: types, typeEvidence: types.map { Evidence(.btf, "\($0.count) types in \(typesPath)") })
  }
}

/// Memory that cannot be read at all.
struct NoMemory: PhysicalMemory {
  func withBytes<Answer>(
    at address: PhysicalAddress, count: Int, _ body: (RawSpan) -> Answer
  ) throws(MemoryFault) -> Answer { throw .unreadable }
}
