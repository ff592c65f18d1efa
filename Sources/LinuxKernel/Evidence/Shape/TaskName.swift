import PageTables

/// A task's name (`task_struct.comm`): 16 bytes, ended by NUL.
struct TaskName {
  let text: String

  /// Nil unless there is a name of 1 to 15 bytes without control characters, and a NUL.
  init?(at address: PhysicalAddress, in memory: KernelMemory) {
    let bytes = try? memory.memory.withBytes(at: address, count: 16) { span -> [UInt8]? in
      var name: [UInt8] = []
      for index in 0..<16 {
        guard let byte = span.byte(at: index) else { return nil }
        if byte == 0 { return name.isEmpty ? nil : name }
        guard byte >= 0x20, byte != 0x7f else { return nil }
        name.append(byte)
      }
      return nil
    }
    guard let name = bytes ?? nil else { return nil }
    text = String(decoding: name, as: UTF8.self)
  }
}
