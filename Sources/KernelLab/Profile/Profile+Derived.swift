import PageTables

extension Profile {
  /// What Linux means by the bits of this profile's entries.
  var linuxEntryBits: LinuxEntryBits {
    switch architecture {
    case .x86:
      let level = format.level(format.levelCount - 1)
      let frame = (0..<level.rules.count).map { level.rules[$0] }.first { $0.kind == .leaf }?.address.entryMask
      return .x86(hasNoExecute: level.entryByteCount == 8, frameMask: frame ?? 0)
    case .arm: return format.levelCount == 2 ? .arm : .armLPAE
    case .arm64: return .arm64
    case .riscv: return .riscv
    case .alpha: return .alpha
    }
  }

  /// What the linear map allows. The format may not be able to forbid the kernel to execute.
  var linearMapAccess: Access {
    let editing: Access = format.levelCount == 2 ? .kernel : [.kernelRead, .kernelWrite]
    return editing
  }

  /// log2 of the largest leaf that the linear map is made of.
  var largestLinearSizeBits: UInt8 {
    switch architecture {
    case .arm where format.levelCount == 2: 20
    case .x86 where format.levelCount >= 4: 30
    default: 30
    }
  }
}
