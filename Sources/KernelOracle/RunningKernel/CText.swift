internal import CKernelAgent
internal import Glibc

/// Texts that C has, copied: they are terminated, and stay as they are for the length of the copy.
enum CText {
  /// What an error number means.
  static func error(_ number: Int32) -> String { unsafe String(cString: strerror(number)) }

  /// What an agent's failure means.
  static func failure(_ stage: UInt32) -> String { unsafe String(cString: kernel_agent_stage_text(stage)) }
}
