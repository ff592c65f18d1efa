/// Why the machine cannot do what it was asked to.
public enum MachineError: Error, Hashable, Sendable, CustomStringConvertible {
  /// No frame is left, and nothing can be freed.
  case outOfFrames(String)
  /// No range of kernel addresses of this size is free.
  case outOfKernelSpace(byteCount: UInt64)
  case noSuchTask(pid: Int)
  case noSuchCPU(Int)
  /// A thread of the kernel has no areas.
  case isKernelThread(pid: Int)
  case badArgument(String)
  /// A system call of a process failed.
  case systemCall(String, SystemError)

  public var description: String {
    switch self {
    case .outOfFrames(let what): "out of memory: no frame for \(what)"
    case .outOfKernelSpace(let byteCount):
      "no range of \(byteCount) bytes is free for vmalloc: free areas, or give it a larger range"
    case .noSuchTask(let pid): "there is no task \(pid)"
    case .noSuchCPU(let index): "there is no CPU \(index)"
    case .isKernelThread(let pid): "task \(pid) is a thread of the kernel: it has no memory of its own"
    case .badArgument(let reason): reason
    case .systemCall(let call, let error): "\(call) fails: \(error.name)"
    }
  }
}
