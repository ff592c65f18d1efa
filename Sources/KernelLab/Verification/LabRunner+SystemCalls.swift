import KernelOracle

extension LabRunner {
  /// What a system call gives, as the other side shows it; nil for what the lab does not model.
  mutating func systemCall(_ action: MemoryOperation.Action, by task: Task) -> Int64? {
    switch action {
    case .map(let address, let length, let protection, let flags, let file, let offset):
      return machine.mmap(
        task, at: address, byteCount: length, rights: Self.rights(protection),
        flags: MappingFlags(rawValue: flags.rawValue), file: file.map { files[$0] }, byteOffset: offset)
    case .unmap(let address, let length): return machine.munmap(task, at: address, byteCount: length)
    case .protect(let address, let length, let protection):
      return machine.mprotect(task, at: address, byteCount: length, rights: Self.rights(protection))
    case .advise(let address, let length, let advice):
      return machine.madvise(task, at: address, byteCount: length, advice: Int(advice.rawValue))
    case .remap(let address, let old, let new, let flags, let target):
      return machine.mremap(
        task, at: address, oldByteCount: old, newByteCount: new, flags: MoveFlags(rawValue: flags.rawValue),
        to: target)
    case .setBreak(let address): return Int64(bitPattern: machine.brk(task, to: address))
    case .lock(let address, let length): return machine.mlock(task, at: address, byteCount: length)
    case .lockWithFlags(let address, let length, let flags):
      guard flags.subtracting(.onFault).isEmpty else { return SystemError.invalid.result }
      return machine.mlock(task, at: address, byteCount: length, onFault: flags.contains(.onFault))
    case .unlock(let address, let length): return machine.munlock(task, at: address, byteCount: length)
    case .resize(let file, let size): return machine.ftruncate(files[file], byteCount: size)
    case .allocate(let file, let mode, let offset, let length):
      guard mode == [.keepSize, .punchHole] else { return nil }
      return machine.punchHole(files[file], at: offset, byteCount: length)
    case .touch, .fork, .exit, .synchronize: return nil
    }
  }

  private static func rights(_ protection: Protection) -> AreaFlags {
    AreaFlags(rawValue: protection.rawValue & 7)
  }
}
