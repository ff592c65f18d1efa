/// Whom an action is about: a PID, a name that `spawn` or `fork` gave, or the kernel.
public enum TaskReference: Hashable, Sendable {
  case pid(Int)
  case name(String)
  case kernel
}
