public import PageTables

/// The processor that the memory belongs to.
///
/// This is a fact of its own: an i386 guest may come in a 64-bit ELF file or under a 64-bit kdump header.
public struct ImageArchitecture: Hashable, Sendable {
  /// A family of processors.
  public enum Machine: String, Hashable, Sendable, CaseIterable {
    case x86
    case amd64 = "x86-64"
    case arm
    case aarch64
    case riscv32
    case riscv64
    case alpha
    case loongarch32
    case loongarch64
    case ppc
    case ppc64
    case s390x
    case sparc64
    case mips
  }

  /// The family.
  public var machine: Machine
  /// The order of bytes in its memory, as the file's header has it.
  public var byteOrder: ByteOrder

  /// A machine and its byte order.
  public init(machine: Machine, byteOrder: ByteOrder) {
    self.machine = machine
    self.byteOrder = byteOrder
  }
}

extension ImageArchitecture.Machine {
  /// The machine of an ELF header (`e_machine`, elf.h); the class tells RISC-V's and LoongArch's widths
  /// apart.
  init?(elfMachine: UInt16, is64Bit: Bool) {
    switch elfMachine {
    case 3: self = .x86
    case 8: self = .mips
    case 20: self = .ppc
    case 21: self = .ppc64
    case 22: self = .s390x
    case 40: self = .arm
    case 43: self = .sparc64
    case 62: self = .amd64
    case 183: self = .aarch64
    case 243: self = is64Bit ? .riscv64 : .riscv32
    case 258: self = is64Bit ? .loongarch64 : .loongarch32
    case 0x9026: self = .alpha
    default: return nil
    }
  }

  /// What an ELF header names the machine in a file of 64-bit class; nil where that class would mean another
  /// one, or the machine has no number here.
  var elfMachine: UInt16? {
    (0...UInt16.max).first { ImageArchitecture.Machine(elfMachine: $0, is64Bit: true) == self }
  }

  /// The machine that `uname -m` prints; QEMU 7.2 writes `Unknown` for AArch64.
  init?(utsname: String) {
    switch utsname {
    case "x86_64": self = .amd64
    case "i386", "i486", "i586", "i686": self = .x86
    case "aarch64", "aarch64_be", "arm64": self = .aarch64
    case "riscv64": self = .riscv64
    case "riscv32": self = .riscv32
    case "alpha": self = .alpha
    case "loongarch64": self = .loongarch64
    case "ppc64", "ppc64le": self = .ppc64
    case "ppc": self = .ppc
    case "s390x": self = .s390x
    case let name where name.hasPrefix("arm"): self = .arm
    case let name where name.hasPrefix("mips"): self = .mips
    default: return nil
    }
  }
}
