extension ScenarioRunner {
  mutating func file(_ name: String, byteCount: UInt64, isShared: Bool) throws(MachineError) {
    files[name] = FileObject(name: name, kind: isShared ? .sharedMemory : .disk, byteCount: byteCount)
  }

  mutating func map(_ request: MapRequest, into record: inout ActionRecord) throws(MachineError) {
    throw .badArgument("not in this machine: map")
  }

  mutating func changeAreas(_ action: Action, into record: inout ActionRecord) throws(MachineError) {
    throw .badArgument("not in this machine")
  }

  mutating func kernelThread(_ name: String, into record: inout ActionRecord) throws(MachineError) {
    throw .badArgument("not in this machine")
  }

  mutating func fork(_ parent: TaskReference, name: String?, into record: inout ActionRecord) throws(MachineError) {
    throw .badArgument("not in this machine")
  }

  mutating func exit(_ task: TaskReference) throws(MachineError) {
    throw .badArgument("not in this machine")
  }
}
