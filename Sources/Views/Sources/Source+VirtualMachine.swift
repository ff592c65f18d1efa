import LinuxKernel
import MemoryImages
import PageTables
import VirtualMachines

extension Source {
  /// `qemu:SOCKET`: a virtual machine that is there.
  ///
  /// - Parameter pauses: stop it until the process ends.
  static func virtualMachine(
    _ name: String, pauses: Bool, search: (ImageArchitecture.Machine?) -> KernelSearch
  ) throws(SourceError) -> Source {
    let machine: VirtualMachine
    do throws(VirtualMachineError) {
      var options = try VirtualMachineOptions(parsing: String(name.dropFirst("qemu:".count)))
      options.pauses = pauses
      machine = try VirtualMachine.open(options)
    } catch {
      throw SourceError("qemu:\(error)")
    }
    var source = Source(name: name, memory: machine.memory)
    let ranges = machine.ranges.map { RAMRange(first: $0.start, last: $0.last) }
    source.finder = KernelFinder(
      KernelMemory(machine.memory, ranges: ranges), search: search(machine.architecture?.machine))
    source.machine = QEMUMachine(machine)
    return source
  }
}

/// A virtual machine as the views know machines.
private struct QEMUMachine: RunningMachine {
  private let machine: VirtualMachine
  let registers: [CPURegisters]

  init(_ machine: VirtualMachine) {
    self.machine = machine
    registers = (try? machine.registers(withTranslation: false)) ?? []
  }

  var kind: String { "qemu" }
  var architecture: ImageArchitecture? { machine.architecture }
  var ranges: [ImageRange] { machine.ranges }
  var vmcoreinfo: String? { nil }
  var notes: [String] { ["QEMU \(machine.version)"] + machine.notes }
  var isChanging: Bool { machine.isChanging }

  func translationRegisters() throws(SourceError) -> [CPURegisters] {
    do throws(VirtualMachineError) {
      return try machine.registers(withTranslation: true)
    } catch {
      throw SourceError("qemu:\(error)")
    }
  }
}
