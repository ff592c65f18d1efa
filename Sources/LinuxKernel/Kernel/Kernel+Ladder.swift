import PageTables

extension Kernel {
  /// Members that other methods are asked for.
  private static let members = [
    "task_struct.tasks", "task_struct.pid", "task_struct.tgid", "task_struct.comm", "task_struct.mm",
    "task_struct.active_mm", "task_struct.flags", "task_struct.real_parent", "task_struct.group_leader",
    "task_struct.thread_node", "mm_struct.pgd", "mm_struct.rss_stat", "mm_struct.mm_mt", "mm_struct.mmap",
    "mm_struct.mm_rb",
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
    self.types = types
    residentCounters = ResidentCounters(types)
  }

  /// How far an x86 kernel was moved, where only its symbols tell: it is linked 16 MiB above the beginning of
  /// the linear map (32-bit) or of the kernel's map (`PHYSICAL_START`, arch/x86/Kconfig).
  var slideBySymbols: Fact<UInt64>? {
    let linkBase: UInt64
    switch "\(format.name)" {
    case "x86", "x86-pae": linkBase = directMapOffset.value &+ (16 << 20)
    case "x86-64", "x86-64-la57": linkBase = 0xffff_ffff_8100_0000
    default: return nil
    }
    guard let text = symbols?.address(of: "_text") ?? symbols?.address(of: "_stext") else { return nil }
    return Fact(
      (text & ~0xfffff) &- linkBase,
      Evidence(.kallsyms, "_text at \(hexadecimalDigits(text)), linked at \(hexadecimalDigits(linkBase))"))
  }

  /// Finds the kernel's type information, or takes the user's, and weighs it. A type information that does not
  /// have the list of tasks where the list was found is of another kernel, and says nothing.
  mutating func noteTypes(_ overrides: KernelOverrides, _ places: KernelPlaces?) {
    if let types = overrides.types { return weigh(types, overrides.evidence, overrules: true) }
    if let types = places?.types, let evidence = places?.typeEvidence {
      typeEvidence = evidence
      return weigh(types, evidence, overrules: true)
    }
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
    if let offset = vmcoreinfo.kernelOffset { toldSlide = Fact(offset, evidence) }
    guard let symbol = vmcoreinfo.symbol("swapper_pg_dir") else { return }
    let place = PhysicalAddress((symbol &- pointers.imageOffset) & pointers.wordMask)
    guard memory.extent.map({ $0.contains(place) }) ?? false else { return }
    let said = Evidence(
      .vmcoreinfo, "SYMBOL(swapper_pg_dir)=\(hexadecimal(symbol)), less the image's distance")
    if master?.value == place {
      master?.weigh(place, said)
      return
    }
    let test = RootTest(
      format: format, memory: memory, pointers: pointers, witnesses: witnesses, imageWitness: idleNode)
    let fails = test.kernelVerdict(of: place) == .fails
    if master == nil {
      if !fails || isTaskListWhole { master = Fact(place, said) }
    } else if isTaskListWhole || fails {
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
    let end = middle.addingReportingOverflow(reach)
    let low = middle > reach ? middle - reach : 0
    let high = end.overflow ? wordMask : min(wordMask, end.partialValue)
    var copy = self
    copy.imageOffset = offset
    // An address beyond the word is none of this kernel's.
    copy.image = min(low, high)...high
    return copy
  }
}

extension Kernel {
  /// Says that the kernel page table may be another one, where memory is missing and only the shape of what
  /// is left tells it.
  mutating func noteDoubtsAboutMaster() {
    guard memory.hasGaps || !isTaskListWhole, let master, master.evidence.method == .shape,
      master.agreeing.isEmpty
    else { return }
    notes.append(
      "the kernel page table is in doubt: memory is missing, and nothing confirms that "
        + "\(hexadecimal(master.value.rawValue)) is the right one")
  }
}
