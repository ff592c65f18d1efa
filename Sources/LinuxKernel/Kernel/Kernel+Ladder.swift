import PageTables

extension Kernel {
  /// Members that other methods are asked for.
  private static let members = [
    "task_struct.tasks", "task_struct.pid", "task_struct.tgid", "task_struct.comm", "task_struct.mm",
    "task_struct.active_mm", "task_struct.flags", "task_struct.real_parent", "task_struct.group_leader",
    "task_struct.thread_node", "mm_struct.pgd", "mm_struct.mm_mt", "mm_struct.mmap", "mm_struct.mm_rb",
    "maple_tree.ma_root", "vm_area_struct.vm_start", "vm_area_struct.vm_end", "vm_area_struct.vm_next",
    "vm_area_struct.vm_rb", "vm_area_struct.vm_mm", "vm_area_struct.vm_flags", "vm_area_struct.vm_pgoff",
    "vm_area_struct.vm_file", "file.f_path.mnt", "file.f_path.dentry", "dentry.d_parent",
    "dentry.d_name.name", "dentry.d_name.len",
  ]

  /// Asks the kernel's own type information for every member: it agrees, disagrees, or fills a gap.
  mutating func weigh(_ types: TypeInformation, _ evidence: Evidence, overrules: Bool) {
    for member in Self.members {
      guard let offset = types.offset(of: member) else { continue }
      if overrules {
        layout.overrule(member, offset, evidence)
      } else {
        layout.note(member, offset, evidence)
      }
    }
    if let counters = types.member("mm_struct.rss_stat"), let offset = counters.byteOffset {
      layout.note("mm_struct.rss_stat", offset, evidence)
      // Four longs up to 6.1; since 6.2 four per-CPU counters of a lock, a sum and more.
      rssCounterStrideBytes = (counters.byteCount ?? 0) / 4
    }
  }

  /// Finds the kernel's type information, or takes the user's, and weighs it. A type information that does not
  /// have the list of tasks where the list was found is of another kernel, and says nothing.
  mutating func noteTypes(_ overrides: KernelOverrides) {
    if let types = overrides.types { return weigh(types, overrides.evidence, overrules: true) }
    let search = TypeInformation.find(in: memory, headers: scan[.btf])
    guard let types = search.types, let evidence = search.evidence else {
      typeEvidence = Evidence(
        .btf,
        search.rejected.isEmpty ? "there is none in memory" : "\(search.rejected.count) places, none usable")
      return
    }
    typeEvidence = evidence
    let list = types.offset(of: "task_struct.comm").flatMap { name in
      types.offset(of: "task_struct.pid").map { name - $0 }
    }
    if let name = layout["task_struct.comm"], let pid = layout["task_struct.pid"], list != name - pid {
      notes.append("the type information in memory is not this kernel's: it has task_struct.comm elsewhere")
      return
    }
    weigh(types, evidence, overrules: false)
  }

  /// Takes what VMCOREINFO says of the release, the image's place and the kernel page table.
  ///
  /// - Parameter witnesses: places in RAM that a kernel page table must map.
  mutating func weigh(_ vmcoreinfo: VMCoreInfo, _ evidence: Evidence, witnesses: [PhysicalAddress]) {
    self.vmcoreinfo = vmcoreinfo
    if let name = vmcoreinfo.release {
      if release == nil { release = Fact(name, evidence) } else { release?.weigh(name, evidence) }
    }
    if let offset = vmcoreinfo.imageOffset {
      imageOffset.weigh(offset & pointers.wordMask, evidence)
      if !isTaskListWhole, offset & pointers.wordMask != pointers.imageOffset {
        // The first task is lost, and with it the shape's way to the image.
        imageOffset.overrule(offset & pointers.wordMask, evidence)
        pointers = pointers.withImage(
          offset: offset & pointers.wordMask, around: vmcoreinfo.symbol("_stext") ?? pointers.image.lowerBound
        )
      }
    }
    if let offset = vmcoreinfo.kernelOffset { slide = Fact(offset, evidence) }
    guard let symbol = vmcoreinfo.symbol("swapper_pg_dir") else { return }
    let place = PhysicalAddress((symbol &- pointers.imageOffset) & pointers.wordMask)
    guard memory.extent.map({ $0.contains(place) }) ?? false else { return }
    let said = Evidence(
      .vmcoreinfo, "SYMBOL(swapper_pg_dir)=\(hexadecimal(symbol)), less the image's distance")
    guard let found = master, found.value != place else {
      if master == nil { master = Fact(place, said) } else { master?.weigh(place, said) }
      return
    }
    let test = RootTest(
      format: format, memory: memory, pointers: pointers, witnesses: witnesses)
    if isTaskListWhole || test.kernelVerdict(of: place) == .fails {
      master?.weigh(place, said)
    } else {
      master?.overrule(place, said)
    }
  }
}

extension KernelPointers {
  /// The same with the image elsewhere.
  func withImage(offset: UInt64, around middle: UInt64) -> KernelPointers {
    let reach = TaskChainSearch.imageReachBytes
    var copy = self
    copy.imageOffset = offset
    let lowest = middle > reach ? middle - reach : 0
    let highest = middle.addingReportingOverflow(reach).overflow ? wordMask : middle + reach
    copy.image = min(lowest, wordMask)...max(min(lowest, wordMask), min(wordMask, highest))
    return copy
  }
}
