import LinuxKernel
import PageTableEditing
import PageTables

/// An isolated x86-64 machine in which every verdict occurs.
enum ComparedMachine {
  static func comparison() throws -> (KernelComparison, ProcessComparison) {
    var memory = try SparseMemory(byteCount: 1 << 16)
    func store(_ entries: [UInt64: UInt64], at table: UInt64) throws {
      for (index, entry) in entries {
        try memory.store(entry: entry, byteCount: 8, order: .little, at: PhysicalAddress(table + index * 8))
      }
    }
    // Same, deferred, different in a right, software bits only, unreadable.
    let kernel: [UInt64: UInt64] = [256: 0x8063, 257: 0x8063, 259: 0x8063, 260: 0x8063, 261: 0x8063]
    let copies: [UInt64: UInt64] = [
      256: 0x8063, 258: 0x8063, 259: 0x8061, 260: 0x8263, 261: 0x7f_f000_0063,
    ]
    try store(kernel, at: 0x2000)
    try store([256: 0x8063], at: 0x3000)
    // The user's copy lacks the second of the user's entries, and has one of the kernel's too many.
    try store(copies.merging([0: 0x8067, 1: 0x8067]) { first, _ in first }, at: 0x4000)
    try store([0: 0x8067, 256: 0x8063, 258: 0x8063], at: 0x5000)
    let process = ProcessTables(
      pid: 614, command: "experiment", root: PageTableRoot(PhysicalAddress(0x4000)), sharers: [702])
    let tables = PageTableSet(
      format: .x86_64, master: PageTableRoot(PhysicalAddress(0x2000)), processes: [process])
    var setup = try KernelComparison(of: tables, in: memory)
    let comparison = setup.compare(process, in: memory)
    return (setup, comparison)
  }
}
