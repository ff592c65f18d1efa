import Foundation

/// Standard error, for what is not the answer.
public enum StandardError {
  public static func write(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }

  /// Whether a person is watching.
  public static var isTerminal: Bool { isatty(FileHandle.standardError.fileDescriptor) == 1 }
}
