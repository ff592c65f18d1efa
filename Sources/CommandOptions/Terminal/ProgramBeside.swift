import Foundation

/// Another program of ours, in the folder of this one.
public enum ProgramBeside {
  /// Goes on as that program: the same process, its terminal and its signals.
  ///
  /// - Returns: why that cannot be, as a sentence; not at all if it can.
  public static func run(_ name: String, arguments: [String]) -> String {
    guard let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") else {
      return "where this program lies is not known (/proc is missing)"
    }
    let path = URL(filePath: own).deletingLastPathComponent().appending(path: name).path(
      percentEncoded: false)
    guard FileManager.default.isExecutableFile(atPath: path) else { return "\(path) is not there" }
    // Sound: the copies end with a null pointer, as execv wants it, and live until it returns, if it does.
    var words = unsafe ([path] + arguments).map { unsafe strdup($0) } + [nil]
    unsafe execv(path, &words)
    let error = errno
    for index in unsafe words.indices { unsafe free(words[index]) }
    return "\(path) cannot be run: \(unsafe String(cString: strerror(error)))"
  }
}
