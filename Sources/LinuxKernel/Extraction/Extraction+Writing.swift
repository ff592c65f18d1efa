public import MemoryImages
import PageTables

extension Extraction {
  /// The core that has what is kept, ready to be written.
  ///
  /// - Parameters:
  ///   - machine: the machine, if the source names it; otherwise the paging format tells.
  ///   - registers: the processors'.
  ///   - vmcoreinfo: the text of the source's note; otherwise the copy that was found in memory is taken.
  public func core(
    machine: ImageArchitecture.Machine?, registers: [CPURegisters] = [], vmcoreinfo: String? = nil
  ) -> ELFCore {
    var core = ELFCore(ram: kernel.memory.ram.map { $0.first...$0.last }, kept: stretches)
    core.machine = machine ?? Self.machine(of: kernel.format)
    core.registers = registers
    core.vmcoreinfo = vmcoreinfo ?? kernel.vmcoreinfo.map { $0.lines.joined(separator: "\n") + "\n" }
    return core
  }

  /// Gives the bytes of the core's file, piece by piece.
  ///
  /// - Throws: what `put` throws, or an error of `path` if memory cannot be read any more.
  public func write(
    _ core: ELFCore, path: String, to put: (_ bytes: [UInt8]) throws(ImageError) -> Void
  ) throws(ImageError) {
    let memory = kernel.memory
    try core.write(
      reading: { address, count throws(ImageError) in
        guard let bytes = memory.bytes(at: address, count: count) else {
          throw ImageError(
            .system, path: path, "memory at \(hexadecimal(address.rawValue)) cannot be read any more")
        }
        return bytes
      }, to: put)
  }

  /// How many bytes of memory are kept.
  public var keptByteCount: UInt64 {
    stretches.reduce(0) { $0 + ($1.upperBound.rawValue - $1.lowerBound.rawValue + 1) }
  }

  /// How many bytes of RAM the source has.
  public var ramByteCount: UInt64 {
    kernel.memory.ram.reduce(0) { $0 &+ ($1.last.rawValue &- $1.first.rawValue &+ 1) }
  }

  /// What is kept, ascending and disjoint, inside RAM.
  private var stretches: [ELFCore.Stretch] {
    var found: [ELFCore.Stretch] = []
    var pieces: [(UInt64, UInt64)] = pages.addresses.map { ($0.rawValue, $0.rawValue | 4095) }
    pieces += witnesses.map { ($0.rawValue, $0.rawValue + 3) }
    pieces.sort { $0 < $1 }
    var ram = kernel.memory.ranges[...]
    for (start, end) in pieces {
      while let range = ram.first, range.last.rawValue < start { ram.removeFirst() }
      // RAM may end, and begin again, inside a page.
      for range in ram {
        guard range.first.rawValue <= end else { break }
        let first = max(start, range.first.rawValue)
        let last = min(end, range.last.rawValue)
        if let previous = found.last, previous.upperBound.rawValue + 1 == first, first > range.first.rawValue
        {
          found[found.count - 1] = previous.lowerBound...PhysicalAddress(last)
        } else {
          found.append(PhysicalAddress(first)...PhysicalAddress(last))
        }
      }
    }
    return found
  }

  private static func machine(of format: PagingFormat) -> ImageArchitecture.Machine? {
    let name = "\(format.name)"
    if name.hasPrefix("x86-64") { return .amd64 }
    if name.hasPrefix("x86") { return .x86 }
    if name.hasPrefix("aarch64") { return .aarch64 }
    if name.hasPrefix("arm") { return .arm }
    return name.hasPrefix("riscv") && format.addressBits == 64 ? .riscv64 : nil
  }
}
