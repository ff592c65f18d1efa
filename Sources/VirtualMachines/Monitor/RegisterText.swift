import MemoryImages

/// The processors' registers as the monitor's `info registers -a` prints them.
///
/// x86 has what a walk needs there, RISC-V has `satp`; ARM and AArch64 have no translation registers in it
/// (target/*/cpu.c, `*_cpu_dump_state`).
enum RegisterText {
  /// More processors than this are not taken: no machine of QEMU's has as many.
  static let processorLimit = 4096

  static func registers(in text: String, machine: ImageArchitecture.Machine) -> [CPURegisters] {
    var processors: [CPURegisters] = []
    for line in text.split(whereSeparator: \.isNewline) {
      if line.hasPrefix("CPU#") {
        guard processors.count < processorLimit, let index = Int(line.dropFirst(4)), index >= 0 else { break }
        processors.append(CPURegisters(index: index))
      } else if !processors.isEmpty {
        read(line, of: machine, into: &processors[processors.count - 1])
      }
    }
    return processors
  }

  private static func read(
    _ line: Substring, of machine: ImageArchitecture.Machine, into registers: inout CPURegisters
  ) {
    switch machine {
    case .x86, .amd64:
      for match in line.matches(of: /\b(CR[0234]|EFER|[RE]IP|[RE]SP)=([0-9a-fA-F]{1,16})\b/) {
        let value = UInt64(match.2, radix: 16)
        switch match.1 {
        case "CR0": registers.cr0 = value
        case "CR2": registers.cr2 = value
        case "CR3": registers.cr3 = value
        case "CR4": registers.cr4 = value
        case "EFER": registers.efer = value
        case "RIP", "EIP": registers.programCounter = value
        case "RSP", "ESP": registers.stackPointer = value
        default: break
        }
      }
      if let match = line.firstMatch(of: /^CS\s=([0-9a-f]{1,4})\b/) {
        registers.codeSegment = UInt64(match.1, radix: 16)
      } else if let match = line.firstMatch(of: /^GS\s=[0-9a-f]{1,4} ([0-9a-f]{1,16})\b/) {
        registers.gsBase = UInt64(match.1, radix: 16)
      }
    case .aarch64, .arm:
      for match in line.matches(of: /\b(PC|R15|SP|R13|PSTATE|PSR)=([0-9a-f]{1,16})\b/) {
        let value = UInt64(match.2, radix: 16)
        switch match.1 {
        case "PC", "R15": registers.programCounter = value
        case "SP", "R13": registers.stackPointer = value
        default: registers.programStatus = value
        }
      }
    case .riscv32, .riscv64:
      for match in line.matches(of: /(?:^\s*|\/)(pc|satp|sp) +([0-9a-f]{1,16})\b/) {
        let value = UInt64(match.2, radix: 16)
        switch match.1 {
        case "pc": registers.programCounter = value
        case "satp": registers.satp = value
        default: registers.stackPointer = value
        }
      }
    default: break
    }
  }
}
