import PageTables

extension KernelSearch {
  /// What the page tables of a kernel are, as far as they were found.
  struct Roots {
    var format: PagingFormat
    var formatEvidence: Evidence
    /// Where processes' roots are to be found, or nil if none was.
    var shape: MemoryDescriptorShape?
    var master: Fact<PhysicalAddress>?
    /// What is missing.
    var notes: [String] = []
  }

  /// Finds the page tables by the tasks.
  ///
  /// Without any that can be read there are still the tasks: the format is then the first that can have the
  /// kernel's addresses.
  ///
  /// - Throws: ``KernelError`` if nothing is missing, and what the user says leads to no table.
  func findRoots(
    chain: TaskChain, shape: TaskShape, memory: KernelMemory
  ) throws(KernelError) -> Roots {
    let known = try formats(wordByteCount: chain.pointers.wordByteCount)
    // Where the direct map is tells formats of few address bits from those of many.
    let witness = chain.nodes.last { $0 != chain.idleNode } ?? chain.nodes[0]
    let pointer = chain.pointers.directMapPointer(to: witness)
    let possible = known.filter { $0.isKernelAddress(pointer) }
    let formats = possible.isEmpty ? known : possible
    // Without the first task nothing tells where the image is.
    var master =
      chain.idleNode == nil
      ? nil : MasterSearch(memory: memory.searching, chain: chain, formats: formats).run()
    var masterFact = master.flatMap(fact)
    let search = MemoryDescriptorSearch(
      memory: memory.searching, chain: chain, formats: master.map { [$0.format] } ?? formats,
      members: overrides.offsets["task_struct.mm"].map { [$0 + (shape.base ?? 0)] }
        ?? shape.memoryDescriptors,
      pgd: overrides.offsets["mm_struct.pgd"])
    let found = search.run()
    // Where memory is missing, the kernel page table may be, too, and what is left be another one.
    if let found, memory.hasGaps || !chain.isClosed {
      let test = RootTest(
        format: found.format, memory: memory.searching, pointers: chain.pointers, witnesses: [])
      master = master?.without(lesserThan: found.roots, test)
      let kernel = KernelDescriptor(memory: memory.searching, pointers: chain.pointers, pgd: found.pgd)
      master?.tables.removeAll { kernel.isKernels(pointerAt: $0.pointerAt) == false }
      masterFact = master.flatMap(fact)
      if let table = master?.tables.first, kernel.isKernels(pointerAt: table.pointerAt) == true {
        masterFact?.weigh(
          table.root, Evidence(.shape, "the word stands in an mm_struct whose code and data are the kernel's")
        )
      }
    }
    if let table = master?.tables.first {
      memory.keep(table.pointerAt, count: chain.pointers.wordByteCount)
    }
    guard let found else {
      let roots = withoutProcesses(formats, chain: chain, master: master, masterFact)
      let isOverruled =
        overrides.paging != nil
        || ["task_struct.mm", "mm_struct.pgd"].contains { overrides.offsets[$0] != nil }
      if isOverruled, chain.isClosed, !memory.hasGaps { throw KernelError(roots.notes[0]) }
      return roots
    }
    return Roots(
      format: found.format,
      formatEvidence: Evidence(
        .shape,
        found.isProven
          ? "\(found.rootCount) of \(found.descriptorCount) processes' tables map the kernel's memory in it"
          : "\(found.rootCount) of \(found.descriptorCount) processes' tables have pages for user mode in it, and "
            + "the same entries for the kernel"),
      shape: found, master: masterFact)
  }

  private func fact(_ master: MasterSearch.Found) -> Fact<PhysicalAddress>? {
    guard let table = master.tables.first else { return nil }
    return Fact(
      table.root,
      Evidence(
        .shape,
        "the image's word at \(hexadecimal(table.pointerAt.rawValue)) points at it; it maps the kernel "
          + "and nothing for users"
          + (master.tables.count == 1 ? "" : "; \(master.tables.count - 1) other tables do so too")))
  }

  /// The tables of a kernel whose processes' roots were not found.
  private func withoutProcesses(
    _ formats: [PagingFormat], chain: TaskChain, master: MasterSearch.Found?, _ fact: Fact<PhysicalAddress>?
  ) -> Roots {
    let missing =
      "\(chain.nodes.count) tasks were found, but no page table of a process in any known format; "
      + "if memory is whole, name the offset: --offset mm_struct.pgd=N"
    if let master, fact != nil {
      return Roots(
        format: master.format,
        formatEvidence: Evidence(.shape, "the kernel page table maps the kernel in it"),
        master: fact, notes: [missing])
    }
    return Roots(
      format: formats[0],
      formatEvidence: overrides.paging != nil
        ? overrides.evidence
        : Evidence(
          .architecture,
          formats.count == 1
            ? "the only format that the machine and the kernel's addresses leave"
            : "a guess: the first of \(formats.count) formats that can have the kernel's addresses"),
      notes: [missing + (formats.count == 1 ? "" : "; the paging format is a guess: --paging says it")])
  }
}
