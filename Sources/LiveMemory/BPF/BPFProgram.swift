/// The program that reads the kernel's memory: one read a run, never attached to anything.
///
/// The value of its map is the request, the answer and the data: address, length, status, the current task,
/// then the bytes from ``dataOffset`` on.
enum BPFProgram {
  static let addressOffset = 0
  static let lengthOffset = 8
  static let statusOffset = 16
  static let taskOffset = 24
  static let dataOffset = 4096
  /// As much as one run reads. A tracepoint's program runs with preemption off: no more than this.
  static let chunkBytes = 1 << 20
  static var valueBytes: Int { dataOffset + chunkBytes }

  /// Program types (include/uapi/linux/bpf.h): how the kernel is asked to run it, the better one first.
  /// `BPF_PROG_TYPE_SYSCALL` is there since 5.14, and must be sleepable.
  static let kinds: [(name: String, type: UInt32, flags: UInt32)] = [
    ("syscall", 31, 16), ("raw_tracepoint", 17, 0),
  ]

  // Helpers by number (include/uapi/linux/bpf.h).
  private static let getCurrentTask: Int32 = 35
  private static let probeReadKernel: Int32 = 113

  /// The instructions (Linux, Documentation/bpf/instruction-set.rst), for a map by its descriptor.
  static func instructions(map: Int32) -> [UInt64] {
    [
      // r6 = the map's value: a load of 64 bits takes two slots, and register 2 as source says what it is.
      instruction(0x18, to: 6, from: 2, immediate: map), 0,
      instruction(0x85, immediate: getCurrentTask),
      instruction(0x7b, to: 6, from: 0, offset: taskOffset),
      // r2 = the length; more than there is room for ends the program: the verifier insists.
      instruction(0x79, to: 2, from: 6, offset: lengthOffset),
      instruction(0x25, to: 2, offset: 5, immediate: Int32(chunkBytes)),
      // r3 = the address, r1 = where the data goes.
      instruction(0x79, to: 3, from: 6, offset: addressOffset),
      instruction(0xbf, to: 1, from: 6),
      instruction(0x07, to: 1, immediate: Int32(dataOffset)),
      instruction(0x85, immediate: probeReadKernel),
      instruction(0x7b, to: 6, from: 0, offset: statusOffset),
      instruction(0xb7, to: 0),
      instruction(0x95),
    ]
  }

  private static func instruction(
    _ operation: UInt8, to destination: UInt8 = 0, from source: UInt8 = 0, offset: Int = 0,
    immediate: Int32 = 0
  ) -> UInt64 {
    UInt64(operation) | UInt64(destination | source << 4) << 8
      | UInt64(UInt16(truncatingIfNeeded: offset)) << 16 | UInt64(UInt32(bitPattern: immediate)) << 32
  }
}
