internal import CKernelAgent

extension MemoryOperation {
  /// The operation as the agents take it.
  var command: kernel_agent_operation {
    let (kind, arguments) = action.command
    var command = kernel_agent_operation()
    command.slot = UInt32(slot)
    command.kind = UInt32(kind.rawValue)
    let a = arguments + [UInt64](repeating: 0, count: 6 - arguments.count)
    command.arguments = (a[0], a[1], a[2], a[3], a[4], a[5])
    return command
  }
}

extension MemoryOperation.Action {
  fileprivate var command: (kernel_agent_kind, [UInt64]) {
    switch self {
    case .touch(.read, let address, let pages): (KERNEL_AGENT_READ, [address, UInt64(pages)])
    case .touch(.write, let address, let pages): (KERNEL_AGENT_WRITE, [address, UInt64(pages)])
    case .map(let address, let length, let protection, let flags, let file, let offset):
      (
        KERNEL_AGENT_MMAP,
        [
          address, length, UInt64(protection.rawValue), UInt64(flags.rawValue), file.map(UInt64.init) ?? .max,
          offset,
        ]
      )
    case .unmap(let address, let length): (KERNEL_AGENT_MUNMAP, [address, length])
    case .protect(let address, let length, let protection):
      (KERNEL_AGENT_MPROTECT, [address, length, UInt64(protection.rawValue)])
    case .advise(let address, let length, let advice):
      (KERNEL_AGENT_MADVISE, [address, length, UInt64(advice.rawValue)])
    case .remap(let address, let old, let new, let flags, let newAddress):
      (KERNEL_AGENT_MREMAP, [address, old, new, UInt64(flags.rawValue), newAddress])
    case .setBreak(let address): (KERNEL_AGENT_BRK, [address])
    case .lock(let address, let length): (KERNEL_AGENT_MLOCK, [address, length])
    case .lockWithFlags(let address, let length, let flags):
      (KERNEL_AGENT_MLOCK2, [address, length, UInt64(flags.rawValue)])
    case .unlock(let address, let length): (KERNEL_AGENT_MUNLOCK, [address, length])
    case .synchronize(let address, let length, let flags):
      (KERNEL_AGENT_MSYNC, [address, length, UInt64(flags.rawValue)])
    case .resize(let file, let size): (KERNEL_AGENT_FTRUNCATE, [UInt64(file), size])
    case .allocate(let file, let mode, let offset, let length):
      (KERNEL_AGENT_FALLOCATE, [UInt64(file), UInt64(mode.rawValue), offset, length])
    case .fork(let child): (KERNEL_AGENT_FORK, [UInt64(child)])
    case .exit: (KERNEL_AGENT_EXIT, [])
    }
  }
}

extension Outcome {
  init(_ outcome: kernel_agent_outcome) {
    self.init(
      value: outcome.value, minorFaults: outcome.minor_faults, majorFaults: outcome.major_faults,
      signals: outcome.signals == 0
        ? nil
        : Signals(
          count: outcome.signals, number: outcome.signal, code: outcome.signal_code,
          address: outcome.signal_address, faultedPages: outcome.faulted))
  }
}
