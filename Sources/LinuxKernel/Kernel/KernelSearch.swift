public import MemoryImages
import PageTables

/// Finds the kernel in an image: what is known beforehand, and how to report progress.
public struct KernelSearch: Sendable {
  /// The machine, if the image's header names it.
  public var machine: ImageArchitecture.Machine?
  /// The text of the image's VMCOREINFO note, if it has one.
  public var vmcoreinfo: String?
  /// What the user knows better.
  public var overrides: KernelOverrides
  /// What a running system tells of its kernel.
  public var places: KernelPlaces?
  /// What an earlier pass over this RAM saw. Nothing of it is believed without a look.
  public var seen: MemoryScan?
  /// Told what a pass saw that led to a whole list of tasks.
  public var keep: (@Sendable (MemoryScan) -> Void)?
  /// Told now and then, from any thread, which share of the pass over RAM is done.
  public var progress: (@Sendable (_ share: Double) -> Void)?

  public init(
    machine: ImageArchitecture.Machine? = nil, vmcoreinfo: String? = nil,
    overrides: KernelOverrides = KernelOverrides(), places: KernelPlaces? = nil,
    progress: (@Sendable (_ share: Double) -> Void)? = nil
  ) {
    self.machine = machine
    self.vmcoreinfo = vmcoreinfo
    self.overrides = overrides
    self.places = places
    self.progress = progress
  }

  /// Passes over all RAM once, and finds the kernel by the shape of its structures. Where a running system tells
  /// where its kernel is, it is looked for there first; and so it is where an earlier pass saw it.
  ///
  /// - Throws: ``KernelError`` if there is no list of tasks.
  public func run(in memory: KernelMemory) throws(KernelError) -> Kernel {
    if let places, let kernel = findQuickly(in: memory, places) { return kernel }
    if let seen, let kernel = try? find(in: memory, scan: seen.inside(memory)), kernel.isTaskListWhole {
      return kernel
    }
    do throws(KernelError) {
      let scan = MemoryScan.run(over: memory, progress: progress)
      let kernel = try find(in: memory, scan: scan)
      if kernel.isTaskListWhole { keep?(scan) }
      return kernel
    } catch {
      throw Self.withRoots(error, in: memory)
    }
  }

  /// Finds the kernel by what a pass over all RAM saw.
  func find(in memory: KernelMemory, scan: MemoryScan) throws(KernelError) -> Kernel {
    var (shape, rivals) = try findTasks(in: memory, scan: scan)
    guard let base = shape.base, let pid = shape.pid else { throw Self.nothingFound(scan) }
    let chain = shape.chain
    for node in chain.nodes { memory.keep(node, count: 16) }
    // What the image's place is told by.
    memory.keep(chain.anchorName.offset(by: -4096), count: 8192)
    let roots = try findRoots(chain: chain, shape: shape, memory: memory)
    if let found = roots.shape { shape.findFlags(memoryDescriptor: found.memoryDescriptor) }
    var layout = StructureLayout()
    note(shape, base: base, pid: pid, chain: chain, in: &layout)
    if let found = roots.shape { note(found, base: base, in: &layout) }
    for (name, offset) in overrides.offsets { layout.overrule(name, offset, overrides.evidence) }
    let listEvidence = Evidence(
      .shape,
      chain.isClosed
        ? "the list of tasks from \(hexadecimal(chain.anchorName.rawValue)) closes over "
          + "\(chain.nodes.count) tasks"
        : "the list of tasks is cut; \(chain.nodes.count) of it hang together")
    var kernel = Kernel(
      memory: memory, scan: scan, pointers: chain.pointers, format: roots.format,
      formatFact: Fact("\(roots.format.name)", roots.formatEvidence),
      master: roots.master,
      directMapOffset: Fact(chain.pointers.directMapOffset, directMapEvidence(scan, chain)),
      imageOffset: Fact(chain.pointers.imageOffset, listEvidence), layout: layout,
      isTaskListWhole: chain.isClosed)
    kernel.idleNode = chain.idleNode
    kernel.notes += roots.notes
    kernel.noteRelease()
    kernel.noteRivals(rivals)
    climb(&kernel, scan: scan, witnesses: chain.nodes.suffix(2).filter { $0 != chain.idleNode })
    kernel.noteTypes(overrides, places)
    kernel.noteSwapOptions()
    kernel.noteDoubtsAboutMaster()
    kernel.readTasks(chain.nodes)
    kernel.noteAreaShape()
    if kernel.asksForRoots { kernel.weighRoots() }
    return kernel
  }

  /// What other methods say of the kernel that was found.
  private func climb(_ kernel: inout Kernel, scan: MemoryScan, witnesses: [PhysicalAddress]) {
    let places = VMCoreInfo.find(in: kernel.memory, pages: scan[.vmcoreinfo])
    if let text = vmcoreinfo {
      kernel.weigh(
        VMCoreInfo(text: text),
        Evidence(.vmcoreinfo, self.places == nil ? "the image's note" : "the note at /sys/kernel/vmcoreinfo"),
        witnesses: witnesses)
    } else if let found = places.first {
      kernel.weigh(
        found.info, Evidence(.vmcoreinfo, "the kernel's own copy at \(hexadecimal(found.address.rawValue))"),
        witnesses: witnesses)
    }
    if places.count > 1 {
      kernel.notes.append("\(places.count) VMCOREINFO texts are in memory; the first one was used")
    }
    if let offset = overrides.kernelOffset {
      kernel.toldSlide = Fact(offset, overrides.evidence, overruling: kernel.toldSlide)
    }
    if let root = overrides.master {
      kernel.master = Fact(root, overrides.evidence, overruling: kernel.master)
    }
    kernel.library = KernelLibrary(
      kernel.memory, scan: scan, vmcoreinfo: kernel.vmcoreinfo, imageOffset: kernel.pointers.imageOffset,
      overrides: overrides)
  }

  /// The list of tasks and the shape of what is on it; and other lists that close.
  private func findTasks(
    in memory: KernelMemory, scan: MemoryScan
  ) throws(KernelError) -> (TaskShape, rivals: [TaskChain]) {
    let search = TaskChainSearch(memory: memory.searching, scan: scan)
    let closed = search.closed()
    for (index, chain) in closed.enumerated() where chain.nodes.count > 2 {
      let shape = TaskShape(memory: memory, chain: chain)
      guard shape.base != nil else { continue }
      return (
        shape, closed.enumerated().filter { $0.offset != index && $0.element.nodes.count > 2 }.map(\.element)
      )
    }
    // The list is cut, or its first task is missing: the pieces, and then whatever looks like their tasks.
    for chain in search.assembled().prefix(96) where chain.nodes.count > 2 {
      let shape = TaskShape(memory: memory, chain: chain)
      guard let scan = TaskScan(memory: memory.searching, shape: shape) else { continue }
      var whole = chain
      whole.nodes = (whole.nodes + scan.run().map { $0.offset(by: -(shape.base ?? 0)) }).uniqued()
      return (TaskShape(memory: memory, chain: whole), [])
    }
    throw Self.nothingFound(scan)
  }

  private static func nothingFound(_ scan: MemoryScan) -> KernelError {
    let unreadable =
      scan.unreadableByteCount == 0
      ? "" : " (\(scan.unreadableByteCount >> 10) KiB of it could not be read)"
    let seen =
      scan[.idleTask].isEmpty && scan[.kernelThread].isEmpty
      ? "neither the first task's name nor kthreadd's is in it"
      : "names of first tasks are in it, but no list of tasks leads from them"
    return KernelError(
      "no Linux kernel found in \(scan.byteCount >> 20) MiB of memory\(unreadable): \(seen); "
        + "if it is a raw image, is --base right? --root ADDRESS --paging NAME walks without a kernel")
  }

  func formats(wordByteCount: Int) throws(KernelError) -> [PagingFormat] {
    guard let name = overrides.paging else {
      return PagingFormat.candidates(wordByteCount: wordByteCount, machine: machine)
    }
    // Without a size all that Linux has of that name are tried.
    let sizes = PagingFormat.candidates(wordByteCount: wordByteCount, machine: nil)
      .filter { "\($0.name)" == name }
    if overrides.virtualAddressBits == nil, !sizes.isEmpty { return sizes }
    guard let format = PagingFormat.named(name, virtualAddressBits: overrides.virtualAddressBits) else {
      throw KernelError("no paging format '\(name)' of that size; `pagewalk formats` lists the names")
    }
    return [format]
  }

  private func directMapEvidence(_ scan: MemoryScan, _ chain: TaskChain) -> Evidence {
    if let places, places.directMapOffset & chain.pointers.wordMask == chain.pointers.directMapOffset {
      return places.evidence
    }
    let votes = chain.pointers.wordByteCount == 8 ? scan.selfPointers64 : scan.selfPointers32
    return Evidence(
      .shape,
      "\(votes[chain.pointers.directMapOffset] ?? 0) words point at themselves with it, and the list of "
        + "tasks runs through it")
  }

  private func note(
    _ shape: TaskShape, base: Int, pid: Int, chain: TaskChain, in layout: inout StructureLayout
  ) {
    let list = Evidence(.shape, "every node's neighbour points back, and has a name there")
    layout.note("task_struct.tasks", -base, list)
    layout.note("task_struct.comm", chain.nameDistance - base, list)
    for (member, offset) in [
      ("pid", pid), ("group_leader", shape.groupLeader), ("real_parent", shape.parent),
      ("flags", shape.flags),
    ] {
      if let offset, let evidence = shape.evidence[member] {
        layout.note("task_struct.\(member)", offset - base, evidence)
      }
    }
    layout.note(
      "task_struct.tgid", pid + 4 - base, Evidence(.shape, "the word behind pid, equal in every leader"))
  }

  private func note(_ roots: MemoryDescriptorShape, base: Int, in layout: inout StructureLayout) {
    let evidence = Evidence(
      .shape,
      "leads to a page table in \(roots.rootCount) of \(roots.descriptorCount) mm_structs"
        + (roots.rivals.isEmpty ? "" : "; less well: \(roots.rivals.joined(separator: ", "))"))
    let word = roots.memoryDescriptor - base
    layout.note("task_struct.mm", word, evidence)
    layout.note("task_struct.active_mm", word + roots.wordByteCount, evidence)
    layout.note("mm_struct.pgd", roots.pgd, evidence)
  }
}
