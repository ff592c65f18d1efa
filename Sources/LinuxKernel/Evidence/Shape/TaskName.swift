import PageTables

/// A task's name (`task_struct.comm`): 16 bytes, ended by NUL.
struct TaskName {
  /// The name as people read it: see ``Swift/String/escapingControlCharacters``.
  let text: String
  /// Whether it looks like a name: at least one byte, and no control character. Only such names tell that there
  /// is a task; but any process may have another one, or none (`PR_SET_NAME`).
  let isTelling: Bool

  /// Nil unless there is a NUL among the 16 bytes.
  init?(at address: PhysicalAddress, in memory: KernelMemory) {
    let bytes = try? memory.memory.withBytes(at: address, count: 16) { span -> [UInt8]? in
      var name: [UInt8] = []
      for index in 0..<16 {
        guard let byte = span.byte(at: index) else { return nil }
        if byte == 0 { return name }
        name.append(byte)
      }
      return nil
    }
    guard let name = bytes ?? nil else { return nil }
    isTelling = !name.isEmpty && name.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
    text = String(decoding: name, as: UTF8.self).escapingControlCharacters
  }
}
