import PageTables

extension MemoryScan {
  /// The scan with those landmarks only that led to `kernel`: what merely looks like one is a program's, or a
  /// file's, as often as not.
  func narrowed(to kernel: Kernel) -> MemoryScan {
    var narrowed = self
    if kernel.isTaskListWhole, let nameAt = kernel.layout["task_struct.comm"],
      let idle = kernel.tasks.first(where: { $0.pid == 0 })?.physical.offset(by: nameAt),
      self[.idleTask].contains(idle)
    {
      narrowed.set(.idleTask, [idle])
      narrowed.set(.kernelThread, [])
      narrowed.set(.worker, [])
    }
    let banners = self[.banner].filter { place in
      let pointer = (place.rawValue &+ kernel.pointers.imageOffset) & kernel.pointers.wordMask
      return kernel.pointers.image.contains(pointer)
    }
    if !banners.isEmpty { narrowed.set(.banner, banners) }
    let texts = VMCoreInfo.find(in: kernel.memory, pages: self[.vmcoreinfo])
    narrowed.set(.vmcoreinfo, texts.map(\.address))
    let types = TypeInformation.find(in: kernel.memory, headers: self[.btf])
    narrowed.set(.btf, Array(types.places.prefix(1)))
    narrowed.set(
      .digitTokens,
      self[.digitTokens].filter { place in
        Kallsyms.find(
          in: kernel.memory, digitTokens: [place], vmcoreinfo: kernel.vmcoreinfo,
          imageOffset: kernel.pointers.imageOffset
        ).found.contains { $0.doubts.isEmpty }
      })
    return narrowed
  }

  /// The scan without some landmarks.
  func without(_ landmarks: [Landmark]) -> MemoryScan {
    var copy = self
    for landmark in landmarks { copy.set(landmark, []) }
    return copy
  }
}
