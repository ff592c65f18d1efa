import KernelLab
import LinuxKernel
import MemoryImages
import PageTables

extension FrameCensus {
  /// Counts the frames of a source: by its tables, its areas, and the kernel's own records where they are found.
  ///
  /// - Parameters:
  ///   - search: where the records are, found by the reverse map; nil for a source that tells its frames itself.
  ///   - progress: told which share is done.
  init(
    _ source: Source, search: FrameSearch?, progress: @escaping @Sendable (Double) -> Void = { _ in }
  ) throws(SourceError) {
    let set = try source.pageTables()
    self.init(ram: source.ram, frameSizeBits: set.format.pageSizeBits)
    let kernel = source.told != nil || source.finder != nil ? try source.knowKernel() : nil
    switch source.image?.storage {
    case .mapped(let memory): count(set, of: source, kernel: kernel, in: memory, progress: progress)
    case .paged(let memory): count(set, of: source, kernel: kernel, in: memory, progress: progress)
    case nil: count(set, of: source, kernel: kernel, in: source.memory, progress: progress)
    }
    source.told?.mark(&self)
    switch search?.records {
    case .found(let records): count(records) { progress(0.5 + $0 * 0.5) }
    case .unknown(let reason):
      gaps.append("what is free and what is the kernel's is not told apart: of the frames' records \(reason)")
    case nil: break
    }
    for range in source.image?.ranges.lazy.filter({ $0.state == .excluded }) ?? [] {
      mark(at: range.start, byteCount: range.sizeBytes) { $0 == .unknown ? .excluded : $0 }
    }
  }

  private mutating func count(
    _ set: PageTableSet, of source: Source, kernel: (any KernelKnowledge)?,
    in memory: some PhysicalMemory & Sendable, progress: @escaping @Sendable (Double) -> Void
  ) {
    let linear = source.linearMap ?? (kernel as? LinuxKernel.Kernel)?.linearMap.map(LinearMap.init)
    let border = KernelBorder(source, kernel: kernel, format: set.format)
    countTables(
      of: set, in: memory, lastUserAddress: border.userTop.map { VirtualAddress($0) },
      areas: { pid in kernel?.process(pid).map { kernel?.areas(of: $0).areas ?? [] } },
      isLinear: { virtual, physical in linear?.kernelAddress(of: physical) == virtual },
      progress: { progress($0 * 0.5) })
  }
}

extension ToldKernel {
  /// Says what the lab's frames are used for; page tables the tables themselves tell of, with their level.
  func mark(_ census: inout FrameCensus) {
    let bits = UInt64(kernel.format.pageSizeBits)
    let kinds = image.frameKinds
    var place = 0
    while place < kinds.count {
      let first = place
      let kind = kinds[first]
      while place < kinds.count, kinds[place] == kind { place += 1 }
      let address = PhysicalAddress(ram[0].first.rawValue &+ UInt64(first) << bits)
      census.mark(at: address, byteCount: UInt64(place - first) << bits) { old in
        old.rawValue >= FrameCensus.Kind.table1.rawValue ? old : FrameCensus.Kind(kind, found: old)
      }
    }
  }
}

extension FrameCensus.Kind {
  /// What the lab's kernel uses a frame for, and what the tables told of it.
  init(_ kind: FrameDescriptor.Kind, found: FrameCensus.Kind) {
    switch kind {
    case .free: self = .free
    case .anonymous, .hugePage: self = found == .shared ? .shared : .anonymous
    case .file: self = .file
    case .sharedMemory, .zero: self = .shared
    case .reserved, .pageTable, .vmalloc, .kernel: self = .kernel
    }
  }
}
