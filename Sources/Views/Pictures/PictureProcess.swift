/// Whose address space is meant: a process's by its PID, or the kernel's.
enum PictureProcess: Encodable, Sendable {
  case pid(Int)
  case kernel

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .pid(let pid): try container.encode(pid)
    case .kernel: try container.encode("kernel")
    }
  }
}
