/// Whose code of Linux a profile follows: the directory below `arch/`.
public enum Architecture: String, Sendable, CaseIterable {
  case x86
  case arm
  case arm64
  case riscv
  case alpha
}
