public import PageTables

/// A file that holds a machine's physical memory, and what else the file tells.
///
/// It is memory itself (`PhysicalMemory`), and any number of threads may use it at once. Callers
/// with a loop to run switch on ``storage`` once and use what is inside by its own type.
public final class MemoryImage: PhysicalMemory, Sendable {
  /// The memory behind an image.
  @frozen
  public enum Storage: Sendable {
    /// Uncompressed: mapped, not read.
    case mapped(MappedMemory)
    /// Compressed: decoded page by page.
    case paged(PagedMemory)
  }

  /// The container it was recognised as.
  public let kind: ImageKind
  /// The files it consists of, as they were named, the first one first.
  public let paths: [String]
  /// The memory, for callers that want it by its own type.
  public let storage: Storage
  private let facts: ImageFacts

  init(kind: ImageKind, paths: [String], storage: Storage, facts: ImageFacts) {
    self.kind = kind
    self.paths = paths
    self.storage = storage
    self.facts = facts
  }

  /// The machine, if the file names it.
  public var architecture: ImageArchitecture? { facts.architecture }
  /// The word size of the file's own structures: 32 or 64 where the format has two, otherwise nil. It is not
  /// the word size of the machine.
  public var fileWordBits: Int? { facts.fileWordBits }
  /// What the file tells of each processor, in the order of its notes.
  public var registers: [CPURegisters] { facts.registers }
  /// The text of the VMCOREINFO note: `key=value` lines. Most virtual machines' images have none.
  public var vmcoreinfo: String? { facts.vmcoreinfo }
  /// The kernel's release, from VMCOREINFO or the dump's header.
  public var kernelRelease: String? { facts.kernelRelease }
  /// Whether the file ends early, by its own word or by its size, or a part of a split set is missing.
  public var isIncomplete: Bool { facts.isIncomplete }
  /// Sentences about what was inferred and what is odd. Nothing is guessed without one.
  public var notes: [String] { facts.notes }

  /// Where the image has memory and in which state, in address order. Found while iterating.
  public var ranges: ImageRanges {
    switch storage {
    case .mapped(let memory): ImageRanges(layout: memory)
    case .paged(let memory): ImageRanges(layout: memory.source)
    }
  }

  /// Lends bytes; see the type's own `storage` for the fast path.
  @inlinable public func withBytes<Answer>(
    at address: PhysicalAddress, count: Int, _ body: (RawSpan) -> Answer
  ) throws(MemoryFault) -> Answer {
    switch storage {
    case .mapped(let memory): try memory.withBytes(at: address, count: count, body)
    case .paged(let memory): try memory.withBytes(at: address, count: count, body)
    }
  }

  /// Asks the processor for the cache line at `address`, where the memory is mapped.
  @inlinable public func prefetch(at address: PhysicalAddress, count: Int) {
    if case .mapped(let memory) = storage { memory.prefetch(at: address, count: count) }
  }
}
