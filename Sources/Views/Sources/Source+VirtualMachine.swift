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
    source.virtualMachine = machine
    source.isRunning = machine.isChanging
    return source
  }

  /// What the memory belongs to.
  var architecture: ImageArchitecture? { image?.architecture ?? virtualMachine?.architecture }

  /// What is known of the processors' registers.
  var registers: [CPURegisters] { image?.registers ?? virtualMachine?.registers ?? [] }

  /// The registers with the page-table roots in them, also where these take asking for.
  func translationRegisters() throws(SourceError) -> [CPURegisters] {
    guard let virtualMachine else { return registers }
    do throws(VirtualMachineError) {
      return try virtualMachine.translationRegisters()
    } catch {
      throw SourceError("qemu:\(error)")
    }
  }
}
