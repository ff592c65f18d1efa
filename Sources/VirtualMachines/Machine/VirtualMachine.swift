public import MemoryImages
public import PageTables

/// A running virtual machine of QEMU's, to be looked into: its RAM, and its processors' registers.
///
/// QEMU's memory and files are only read. If the options say so, the machine is stopped from ``open(_:)`` on, and goes on
/// at ``close()``, or when the process ends, even if it is killed outright.
public final class VirtualMachine: Sendable {
  /// QEMU's version, such as 7.2.22.
  public let version: String
  /// The machine's architecture; nil if it is none that is known here.
  public let architecture: ImageArchitecture?
  /// Where there is RAM.
  public let ranges: [ImageRange]
  /// The RAM. Unless the machine stands still it changes while it is read, and what is lent are copies.
  public let memory: any PhysicalMemory & Sendable
  /// The processors' registers when the machine was opened, as far as QEMU's monitor prints them.
  public let registers: [CPURegisters]
  /// Sentences about how the RAM is read.
  public let notes: [String]
  private let control: MachineControl

  private init(
    control: MachineControl, architecture: ImageArchitecture?, ranges: [ImageRange],
    registers: [CPURegisters],
    access: MemoryAccess
  ) {
    version = control.machineProtocol.version
    self.control = control
    self.architecture = architecture
    self.ranges = ranges
    memory = access.memory
    self.registers = registers
    notes = ["QEMU \(version)"] + access.notes
  }

  deinit { control.close() }

  /// Connects to a machine, and finds its RAM.
  ///
  /// - Throws: if there is no QEMU at the socket, or its RAM cannot be read. The machine is then left as it was.
  public static func open(_ options: VirtualMachineOptions) throws(VirtualMachineError) -> VirtualMachine {
    let control = try MachineControl(options)
    do throws(VirtualMachineError) {
      if options.pauses { try control.pause() }
      let machine = ImageArchitecture.Machine(qemu: try control.machineProtocol.target())
      let backends = try control.machineProtocol.backends()
      let text = try control.machineProtocol.monitor("info mtree -f")
      let pieces = FlatView.pieces(in: text, backends: Set(backends.map(\.id)))
      guard !pieces.isEmpty else {
        throw VirtualMachineError(
          "\(options.address)", "no RAM in what QEMU says of its memory (info mtree -f, query-memdev)")
      }
      var ladder = MemoryLadder(control: control, backends: backends, pieces: pieces)
      let access = try ladder.climb()
      let ranges = pieces.map {
        ImageRange(
          start: PhysicalAddress($0.range.lowerBound), last: PhysicalAddress($0.range.upperBound),
          state: .present)
      }
      let registers = try machine.map { machine throws(VirtualMachineError) in
        RegisterText.registers(in: try control.machineProtocol.monitor("info registers -a"), machine: machine)
      }
      return VirtualMachine(
        control: control, architecture: machine.map { ImageArchitecture(machine: $0, byteOrder: .little) },
        ranges: ranges, registers: registers ?? [], access: access)
    } catch {
      control.close()
      throw error
    }
  }

  /// Whether the machine may change its memory while it is read.
  public var isChanging: Bool { !control.isStopped }

  /// Leaves the machine as it was found: if it was stopped here, it goes on.
  public func close() { control.close() }

  /// The processors' registers with the page-table roots in them, which only the debugger stub knows of ARM and
  /// AArch64. It can be asked only of a machine that was opened to be stopped.
  ///
  /// - Throws: if the stub cannot be had, or does not answer.
  public func translationRegisters() throws(VirtualMachineError) -> [CPURegisters] {
    guard let machine = architecture?.machine, machine == .arm || machine == .aarch64 else {
      return registers
    }
    var registers = registers
    let stub = try control.debuggerStub()
    let suffix = machine == .aarch64 ? "_el1" : ""
    let control = machine == .aarch64 ? "tcr_el1" : "ttbcr"
    for index in registers.indices {
      let values = try stub.registers(
        ["ttbr0" + suffix, "ttbr1" + suffix, control], ofCPU: registers[index].index)
      registers[index].translationTableBase0 = values["ttbr0" + suffix]
      registers[index].translationTableBase1 = values["ttbr1" + suffix]
      registers[index].translationControl = values[control]
    }
    return registers
  }
}

extension ImageArchitecture.Machine {
  /// By QEMU's name of the target (qapi/machine.json, `SysEmuTarget`); little-endian ones only.
  init?(qemu name: String) {
    switch name {
    case "x86_64": self = .amd64
    case "i386": self = .x86
    case "arm": self = .arm
    case "aarch64": self = .aarch64
    case "riscv32": self = .riscv32
    case "riscv64": self = .riscv64
    case "loongarch64": self = .loongarch64
    case "alpha": self = .alpha
    default: return nil
    }
  }
}
