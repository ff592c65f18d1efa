import LinuxKernel
import PageTableEditing
import PageTables
import SyntheticKernels
import Testing

/// A synthetic kernel, written.
struct SyntheticCase: Sendable, CustomTestStringConvertible {
  var machine: SyntheticMachine
  var gapLimit: Int
  var seed: UInt64
  /// For one processor: another name of the idle thread.
  var isUniprocessor = false

  var testDescription: String {
    "\(machine), gaps of \(gapLimit), seed \(seed)\(isUniprocessor ? ", one processor" : "")"
  }

  static let ramByteCount: UInt64 = 256 << 20

  /// Every machine with layouts without, with small and with large gaps.
  static let all: [SyntheticCase] = SyntheticMachine.all.flatMap { machine in
    [SyntheticCase(machine: machine, gapLimit: 0, seed: 1)]
      + (2...4).map { SyntheticCase(machine: machine, gapLimit: 12, seed: $0) }
      + [SyntheticCase(machine: machine, gapLimit: 12, seed: 5, isUniprocessor: true)]
  }

  func kernel(start: UInt64 = 0) -> SyntheticLinux {
    var kernel = SyntheticLinux(
      machine: machine, ramByteCount: Self.ramByteCount, start: start, gapLimit: gapLimit, seed: seed)
    if isUniprocessor { kernel.idleName = "swapper" }
    return kernel
  }

  static func memory(of machine: SyntheticMachine) throws -> SparseMemory {
    try SparseMemory(base: PhysicalAddress(machine.ramStart), byteCount: ramByteCount)
  }

  func written() throws -> (kernel: SyntheticLinux, written: WrittenKernel, memory: SharedMemory) {
    var memory = try Self.memory(of: machine)
    let kernel = kernel()
    let written = try kernel.write(into: &memory)
    return (kernel, written, SharedMemory(memory))
  }
}
