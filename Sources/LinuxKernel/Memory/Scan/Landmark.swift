/// Bytes that stand at telling places of a Linux kernel's memory, whatever its version.
public enum Landmark: String, Hashable, Sendable, CaseIterable {
  /// `swapper` or `swapper/0`, NUL-padded: the name of the first idle task, in `init_task.comm`.
  case idleTask
  /// `kthreadd`, NUL-padded: the name of the parent of kernel threads, PID 2.
  case kernelThread
  /// `kworker/`: the name of a worker thread; every kernel since 2.6.36 has many.
  case worker
  /// `OSRELEASE=` at the beginning of a page: a VMCOREINFO text.
  case vmcoreinfo
  /// `0\01\02\0...9\0`: the ten digits as tokens of kallsyms; the place of the byte '0'.
  case digitTokens
  /// The header of BTF type information: magic, version 1, no flags, a header of 24 bytes.
  case btf
  /// `Linux version ` and a digit.
  case banner
}
