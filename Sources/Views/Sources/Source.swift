import LinuxKernel
public import LiveMemory
public import MemoryImages
public import PageTables
public import VirtualMachines

/// Physical memory to look into, with what is known about it: which processes there are, what the
/// processors' registers say, where the kernel maps memory.
public struct Source: Sendable {
  /// As the user gave it.
  public var name: String
  public var memory: any PhysicalMemory & Sendable
  /// The file behind it, if it is one.
  public var image: MemoryImage?
  /// The virtual machine, if this is one's memory.
  public internal(set) var virtualMachine: VirtualMachine?
  /// The address spaces that the source itself knows by process.
  public var spaces: [AddressSpace]
  /// The kernel's own address space, where it is known.
  public var kernel: AddressSpace?
  public var linearMap: LinearMap?
  /// Finds the kernel, where this is memory of a real one.
  var finder: KernelFinder?
  /// What the source itself tells of its kernel, where nothing must be found.
  var told: ToldKernel?
  /// The running system, if this is its memory.
  public internal(set) var live: LiveSystem?
  /// Whether the memory changes while it is read.
  public internal(set) var isRunning = false
  /// What of the running system can be known without its memory.
  var listed: ListedKernel?

  public init(
    name: String, memory: any PhysicalMemory & Sendable, image: MemoryImage? = nil,
    spaces: [AddressSpace] = [], kernel: AddressSpace? = nil, linearMap: LinearMap? = nil
  ) {
    self.name = name
    self.memory = memory
    self.image = image
    self.spaces = spaces
    self.kernel = kernel
    self.linearMap = linearMap
  }

  /// The processes that the source knows, for a person who must choose one.
  var processNames: String {
    spaces.compactMap { $0.process.map { "\($0.pid) (\($0.command))" } }.joined(separator: ", ")
  }

  /// The kernel's address for a physical one, if the linear map is known and covers it.
  func kernelAddress(of address: PhysicalAddress) -> UInt64? {
    (linearMap ?? finder?.known?.linearMap.map(LinearMap.init))?.kernelAddress(of: address)?.rawValue
  }

  /// Copies `count` bytes out of physical memory.
  public func bytes(at address: PhysicalAddress, count: Int) throws(MemoryFault) -> [UInt8] {
    // Sound: the span is only read, and copied whole while it is lent.
    try memory.withBytes(at: address, count: count) { span in
      unsafe span.withUnsafeBytes { unsafe Array($0) }
    }
  }
}
