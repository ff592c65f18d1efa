internal import CMachineGuard
import Glibc

/// A process beside this one that lets a stopped machine go on if this one is killed outright, or runs out of memory.
///
/// It shares our conversation with QEMU, which talks to one program at a time. Whoever lets the machine go on
/// dismisses it first or afterwards; one that is not dismissed does its work when this process ends.
struct MachineGuard {
  private let guardian: pagewalk_guard

  /// Ends what we may have begun to say (docs/interop/qmp-spec: 0xff is never part of JSON, and resets the parser), and
  /// says what it is there for.
  private static let mark = "pagewalk-guard"
  private static let words =
    [0xff] + Array("\n{\"execute\": \"cont\", \"id\": \"\(mark)\"}\n".utf8)

  init(_ channel: Channel) throws(VirtualMachineError) {
    var guardian = pagewalk_guard()
    // Sound: both texts end with a zero, and are there until the call returns; the guard has copies.
    let status = unsafe (Self.words + [0]).withUnsafeBytes { words in
      unsafe Self.mark.withCString { mark in
        unsafe pagewalk_guard_start(
          channel.descriptor, words.baseAddress?.assumingMemoryBound(to: CChar.self), mark, &guardian)
      }
    }
    guard status == 0 else {
      throw Channel.systemError(channel.name, "no process can be started that lets the machine go on")
    }
    self.guardian = guardian
  }

  /// Ends it: the machine goes on without it.
  func dismiss() { pagewalk_guard_dismiss(guardian) }
}
