public import LinuxKernel
import LiveMemory
import PageTables

extension Source {
  /// The kernel in this memory, found when it is first asked for: that takes a pass over all RAM.
  ///
  /// - Throws: if there is none, with what was looked for.
  public func findKernel() throws(SourceError) -> Kernel { try kernelFinder().kernel(of: name) }

  /// The kernel, with the roots that page tables alone show held against its tasks': one more pass over all RAM.
  ///
  /// - Throws: as ``findKernel()``.
  public func findKernelAndRoots() throws(SourceError) -> Kernel {
    try kernelFinder().kernelWithRoots(of: name)
  }

  private func kernelFinder() throws(SourceError) -> KernelFinder {
    if listed != nil { throw noTables }
    guard let finder else {
      throw SourceError(
        "\(name): there is no real kernel in it to be found; name a memory image with -s IMAGE")
    }
    return finder
  }

  /// What is known of the kernel: told by the source, or found in its memory.
  ///
  /// - Throws: if nothing is told, and none found.
  public func knowKernel() throws(SourceError) -> any KernelKnowledge {
    if let told { return told.kernel }
    if let listed { return listed }
    return try findKernel()
  }

  /// The same, if it is known without a search.
  var knownKernel: (any KernelKnowledge)? { told?.kernel ?? listed ?? finder?.known }

  /// The page tables of all processes and of the kernel.
  public func pageTables() throws(SourceError) -> PageTableSet {
    if listed != nil { throw noTables }
    guard finder != nil || told != nil else {
      guard let format = spaces.first?.format ?? kernel?.format else {
        throw SourceError("\(name) has no page tables")
      }
      return PageTableSet(
        format: format, master: kernel?.root,
        processes: spaces.compactMap { space in
          space.process.map { ProcessTables(pid: $0.pid, command: $0.command, root: space.root) }
        })
    }
    let tables = try knowKernel().tables
    guard tables.master != nil || !tables.processes.isEmpty else {
      throw SourceError(
        "\(name): tasks were found, but no page tables; the memory may lack them, or --root and --paging name one"
      )
    }
    return tables
  }

  /// The address space of a process of a known kernel: by PID, by a command that only one has, or `kernel`.
  func space(ofProcess name: String) throws(SourceError) -> AddressSpace {
    if listed != nil { throw noTables }
    let kernel = try knowKernel()
    if name == "kernel" {
      guard let master = kernel.masterRoot else {
        throw SourceError("\(self.name): the kernel page table was not found; --root and --paging name it")
      }
      var space = space(
        kernel, root: master.value, process: nil,
        evidence: "\(master.evidence.method.rawValue): \(master.evidence.detail)")
      let regions = (0..<kernel.format.regionCount).map(kernel.format.region)
      if kernel.format.addressBits == 64, regions.contains(where: { $0.root == .upper }) {
        space.lowest = kernel.firstKernelAddress
      }
      return space
    }
    let task = kernel.living(try task(named: name, in: kernel))
    guard let root = task.root else {
      if let doubt = task.doubts.first {
        throw SourceError("\(self.name): \(task.pid) (\(task.command)) cannot be walked: \(doubt)")
      }
      guard kernel.knowsRoots || task.kind == .kernelThread else {
        throw SourceError(
          "\(self.name): \(task.pid) (\(task.command)) cannot be walked: no page table of a process was found; "
            + "the memory may lack them, or --offset mm_struct.pgd=N says where they hang")
      }
      throw SourceError(
        "\(self.name): \(task.pid) (\(task.command)) is a \(task.kind.words) and has no address space of its own"
      )
    }
    let found = kernel.evidence(of: task)
    return space(
      kernel, root: root, process: ProcessIdentity(pid: task.tgid, command: task.command),
      evidence: ([found] + task.doubts.map { "in doubt: \($0)" }).joined(separator: "; "))
  }

  /// Why nothing that needs page tables can be answered.
  private var noTables: SourceError {
    let refusals = live?.attempts.compactMap { attempt -> String? in
      guard case .refused(let refusal) = attempt.outcome else { return nil }
      return "\(attempt.rung.rawValue): \(refusal)"
    }
    let why = refusals.map { $0.isEmpty ? "" : " (\($0.joined(separator: "; ")))" } ?? ""
    return SourceError(
      "\(name) shows where a process's pages are and no page tables: walk, map, read and ps with a PID work\(why)"
    )
  }

  /// The task that a person means by a PID, or by the name of the only process that has it.
  func task(named name: String, in kernel: any KernelKnowledge) throws(SourceError) -> Task {
    if let pid = Int(name) {
      if let task = kernel.tasks.first(where: { $0.pid == pid && pid != 0 }) { return task }
      throw SourceError(
        "\(self.name): no process \(pid); `pagewalk ps -s \(self.name)` lists the \(kernel.tasks.count) tasks found"
          + (kernel.isTaskListWhole ? "" : " (the list of tasks is cut: it may be among the missing)"))
    }
    let matches = kernel.tasks.filter { $0.command == name && $0.pid == $0.tgid && $0.pid != 0 }
    guard matches.count <= 1 else {
      let pids = matches.prefix(20).map { "\($0.pid)" }.joined(separator: ", ")
      throw SourceError(
        "\(self.name): several processes are called '\(name)': PIDs \(pids); name one by its PID")
    }
    guard let match = matches.first else {
      throw SourceError("\(self.name): no process '\(name)'; `pagewalk ps -s \(self.name)` lists them")
    }
    return match
  }

  private func space(
    _ kernel: any KernelKnowledge, root: PageTableRoot, process: ProcessIdentity?, evidence: String
  ) -> AddressSpace {
    var space = AddressSpace(format: kernel.format, root: root, process: process, evidence: evidence)
    if let release = kernel.releaseText, let known = KernelRelease(release) {
      space.read(kernel: known, because: "the kernel is \(release)")
    }
    return space
  }
}

extension Task.Kind {
  /// As a person would say it.
  var words: String {
    switch self {
    case .process: "process"
    case .kernelThread: "kernel thread"
    case .zombie: "zombie"
    case .unknown: "task without memory"
    }
  }
}
