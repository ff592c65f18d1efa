/// What the processor tells the kernel of an access that it cannot do.
public struct PageFault: Hashable, Sendable {
  public enum Cause: UInt8, Sendable {
    /// An entry on the way is empty.
    case notPresent
    /// The entries forbid it.
    case permission
    /// The page is old or clean, and the processor leaves it to the kernel to note it.
    case accessFlag
    /// An entry has bits set that must be clear, or memory cannot be read.
    case malformed
  }

  public var access: MemoryAccess
  public var cause: Cause
  /// The level at which the walk stopped, from the format's top.
  public var depth: Int

  /// The error code as x86 pushes it (Intel SDM volume 3, 4.7): 1 present, 2 write, 4 user, 8 reserved,
  /// 16 fetch.
  public func x86ErrorCode(hasNoExecute: Bool = true) -> UInt32 {
    var code: UInt32 = cause == .notPresent ? 0 : 1
    if access.kind == .write { code |= 2 }
    if access.isUser { code |= 4 }
    if cause == .malformed { code |= 8 }
    if access.kind == .execute, hasNoExecute { code |= 16 }
    return code
  }
}
