import KernelLab
import PageTables

extension Source {
  /// The machine that is looked into when no source is named.
  static func builtInMachine() throws(SourceError) -> Source {
    let machine: BuiltInMachine
    do {
      machine = try BuiltInMachine()
    } catch {
      throw SourceError("lab: the built-in machine could not be made: \(error)")
    }
    let process = AddressSpace(
      format: machine.format, root: machine.processRoot,
      process: ProcessIdentity(pid: BuiltInMachine.pid, command: BuiltInMachine.command),
      evidence: "the built-in machine")
    let kernel = AddressSpace(
      format: machine.format, root: machine.kernelRoot, evidence: "the built-in machine")
    return Source(
      name: "lab", memory: machine, spaces: [process], kernel: kernel,
      linearMap: LinearMap(
        virtual: BuiltInMachine.pageOffset, physical: BuiltInMachine.physicalOffset,
        byteCount: BuiltInMachine.ramByteCount))
  }
}
