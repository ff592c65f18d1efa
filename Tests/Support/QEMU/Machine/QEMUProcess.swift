import Foundation

/// A machine with one CPU and RAM, and nothing else, halted before its first instruction.
///
/// RAM is a shared file, so tables, lists and results go in and out without QEMU's help. The only channel is
/// one end of a socket pair that QEMU's debugger stub was given: there is no path to clean up and nothing to
/// poll for, and a QEMU that fails to start is an end of file. The monitor is reached through the stub, too
/// (`qRcmd`), which answers ten times as fast as the machine protocol.
final class QEMUProcess {
  let ram: RAMFile
  let channel: Channel
  private let processIdentifier: pid_t
  private let errorPath: String
  private var isClosed = false

  /// Ends a QEMU whose test died. No test comes near it.
  private static let lifetimeSeconds = 900

  /// Starts a machine.
  ///
  /// - Parameters:
  ///   - executable: which QEMU.
  ///   - cpu: the `-cpu` option.
  ///   - image: the RAM.
  init(_ executable: QEMUExecutable, cpu: String, image: RAMImage) throws(QEMUFailure) {
    guard let path = executable.path else { throw QEMUFailure(executable.missing) }
    ram = try RAMFile(image: image)
    errorPath = ram.path + ".stderr"

    var ends: [Int32] = [-1, -1]
    let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, type, 0, &ends) == 0 else {
      throw QEMUFailure("no socket pair for \(executable.name): errno \(errno)")
    }
    defer { Foundation.close(ends[1]) }
    channel = Channel(descriptor: ends[0])

    let arguments = [
      "timeout", "--signal=KILL", "\(Self.lifetimeSeconds)", path,
      "-M", "none,memory-backend=ram", "-cpu", cpu, "-m", "\(image.sizeBytes)B",
      "-object", "memory-backend-file,id=ram,size=\(image.sizeBytes)B,mem-path=\(ram.path),share=on",
      "-S", "-nodefaults", "-display", "none", "-chardev", "socket,id=debugger,fd=3",
      "-gdb", "chardev:debugger",
    ]
    processIdentifier = try Self.spawn(arguments, channel: ends[1], errorPath: errorPath)
  }

  deinit { close() }

  /// Ends the machine, and forgets its RAM.
  func close() {
    guard !isClosed else { return }
    isClosed = true
    // The group is ours alone: `timeout` and its QEMU.
    kill(-processIdentifier, SIGKILL)
    var status: Int32 = 0
    while waitpid(processIdentifier, &status, 0) < 0, errno == EINTR {}
    unlink(errorPath)
  }

  /// A failure with what QEMU wrote to standard error.
  func failure(_ sentence: String) -> QEMUFailure {
    let said = (try? String(contentsOfFile: errorPath, encoding: .utf8)) ?? ""
    return QEMUFailure(said.isEmpty ? sentence : "\(sentence); QEMU says: \(said)")
  }

  /// Runs a program in a process group of its own, with `channel` as descriptor 3.
  private static func spawn(
    _ arguments: [String], channel: Int32, errorPath: String
  ) throws(QEMUFailure) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 2, errorPath, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_adddup2(&actions, channel, 3)

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    posix_spawnattr_setpgroup(&attributes, 0)

    var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    var processIdentifier: pid_t = 0
    let result = posix_spawnp(
      &processIdentifier, arguments[0], &actions, &attributes, &pointers, environ)
    guard result == 0 else { throw QEMUFailure("\(arguments[0]) did not start: errno \(result)") }
    return processIdentifier
  }
}
