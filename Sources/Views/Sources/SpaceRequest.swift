import MemoryImages
import PageTables

/// Which address space of a source the user means.
public struct SpaceRequest: Sendable {
  /// A PID, `kernel`, or a command's name.
  public var process: String?
  /// The root table's physical address.
  public var root: UInt64?
  /// The upper half's root, where the format has two.
  public var upperRoot: UInt64?
  public var paging: String?
  public var virtualAddressBits: Int?
  public var cpu: Int?
  public var memoryEncryptionMask: UInt64
  /// The kernel's release, such as 5.10: how its not-present entries are read.
  public var kernelEra: String?

  public init(
    process: String? = nil, root: UInt64? = nil, upperRoot: UInt64? = nil, paging: String? = nil,
    virtualAddressBits: Int? = nil, cpu: Int? = nil, memoryEncryptionMask: UInt64 = 0,
    kernelEra: String? = nil
  ) {
    self.process = process
    self.root = root
    self.upperRoot = upperRoot
    self.paging = paging
    self.virtualAddressBits = virtualAddressBits
    self.cpu = cpu
    self.memoryEncryptionMask = memoryEncryptionMask
    self.kernelEra = kernelEra
  }

  /// Finds the address space in `source`: by root, by process, or by a CPU's registers.
  public func resolve(in source: Source) throws(SourceError) -> AddressSpace {
    var space = try find(in: source)
    if memoryEncryptionMask != 0 {
      space.format = space.format.masking(memoryEncryption: memoryEncryptionMask)
    }
    if let kernelEra {
      guard let release = KernelRelease(kernelEra) else {
        throw SourceError("'\(kernelEra)' is no kernel release; write it as 6.1 or as `uname -r` does")
      }
      space.read(kernel: release, because: "--kernel-era")
    } else if let text = source.image?.kernelRelease, let release = KernelRelease(text) {
      space.read(kernel: release, because: "the image is of \(text)")
    }
    return space
  }

  private func find(in source: Source) throws(SourceError) -> AddressSpace {
    if let root {
      guard let paging else {
        throw SourceError("--root needs --paging NAME; `pagewalk formats` lists the names")
      }
      let roots = PageTableRoot(lower: PhysicalAddress(root), upper: PhysicalAddress(upperRoot ?? root))
      return AddressSpace(format: try format(named: paging), root: roots, evidence: "--root")
    }
    if let process { return try find(process: process, in: source) }
    return try find(cpu: cpu, in: source)
  }

  private func find(process: String, in source: Source) throws(SourceError) -> AddressSpace {
    if source.finder != nil || source.told != nil || source.listed != nil {
      return try source.space(ofProcess: process)
    }
    if process == "kernel", let kernel = source.kernel { return kernel }
    let matches = source.spaces.filter {
      $0.process?.command == process || $0.process.map { "\($0.pid)" } == process
    }
    if matches.count == 1 { return matches[0] }
    if matches.count > 1 {
      let pids = matches.compactMap { $0.process.map { "\($0.pid)" } }.joined(separator: ", ")
      throw SourceError("several processes are called '\(process)': PIDs \(pids); name one by its PID")
    }
    throw SourceError("\(source.name): no process '\(process)'; there are: \(source.processNames)")
  }

  /// The format by name, or a sentence with the names there are.
  func format(named name: String) throws(SourceError) -> PagingFormat {
    guard let format = PagingFormat.named(name, virtualAddressBits: virtualAddressBits) else {
      let names = PagingFormat.catalogue.map { "\($0.name)" }.joined(separator: ", ")
      let bits = virtualAddressBits.map { " with --va-bits \($0)" } ?? ""
      throw SourceError("no paging format '\(name)'\(bits); there are: \(names)")
    }
    return format
  }
}
