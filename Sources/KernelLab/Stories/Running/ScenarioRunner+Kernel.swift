extension ScenarioRunner {
  mutating func changeKernel(
    _ action: Action, of statement: Statement, into record: inout ActionRecord
  ) throws(MachineError) {
    throw .badArgument("this machine has no vmalloc and no high memory yet")
  }

  mutating func changeMemory(_ action: Action, into record: inout ActionRecord) throws(MachineError) {
    throw .badArgument("this machine has no swap yet")
  }
}

extension MachineError {
  /// The errno's name, where a system call failed as it may.
  var errno: String? {
    if case .systemCall(_, let error) = self { return error.name }
    return nil
  }
}
