public import MemoryImages

/// A machine that is there while its memory is read: a virtual one, or the one that runs this program.
public protocol RunningMachine: Sendable {
  /// What it is read through, such as `qemu`.
  var kind: String { get }
  var architecture: ImageArchitecture? { get }
  /// Where there is RAM, in ascending order.
  var ranges: [ImageRange] { get }
  /// The text of VMCOREINFO, where it is told without a search.
  var vmcoreinfo: String? { get }
  /// Sentences about how the memory is read.
  var notes: [String] { get }
  /// Whether the memory may change while it is read.
  var isChanging: Bool { get }
  /// What is known of the processors' registers without doing anything to the machine.
  var registers: [CPURegisters] { get }
  /// The registers with the page-table roots in them.
  ///
  /// - Throws: why they cannot be had.
  func translationRegisters() throws(SourceError) -> [CPURegisters]
}

extension Source {
  /// What the memory belongs to.
  var architecture: ImageArchitecture? { image?.architecture ?? machine?.architecture }
  /// What is known of the processors' registers.
  var registers: [CPURegisters] { image?.registers ?? machine?.registers ?? [] }
  /// Whether the memory may change while it is read.
  public var isChanging: Bool { machine?.isChanging ?? false }

  /// Whether the process of `space`, if it is one's, still has the space's root.
  func stillHas(_ space: AddressSpace) -> Bool {
    guard let process = space.process, let kernel = finder?.known else { return true }
    return kernel.stillHas(space.root, pid: process.pid)
  }
}
