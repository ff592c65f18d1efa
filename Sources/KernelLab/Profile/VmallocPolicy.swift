/// How a kernel mapping that is made after a process was reaches the process's page table.
///
/// Sources: `arch/x86/mm/fault.c` and `mm/vmalloc.c` of 5.7, 5.8 and 5.9; `arch/arm/mm/fault.c`;
/// `arch/riscv/mm/fault.c` of 6.4, `arch/riscv/mm/init.c` of 6.5; `arch/alpha/mm/fault.c`.
public enum VmallocPolicy: String, Sendable, CaseIterable {
  /// Nothing to do: the kernel's half has a root of its own, or the table below the copied entry is shared.
  case shared
  /// Top-level entries of the area exist before the first process: copies never lack one (x86-64 from 5.9
  /// on, RISC-V from 6.5 on, Alpha's one entry).
  case preallocated
  /// A fault copies the entry (i386 to 5.7, x86-64 to 5.7, RISC-V to 6.4, Alpha with large vmalloc).
  case lazy
  /// The one who maps copies to all roots; no fault helps (5.8).
  case eager
  /// As `eager`, and a fault copies what a race left out (i386 from 5.9 on).
  case eagerAndFault
  /// As `lazy`, and a switch to a space with an old sequence number copies all (ARM). vmalloc raises the number
  /// since kernel stacks are in it (5.18); before only sections mapped by `ioremap` did.
  case lazyAndSwitch
}
