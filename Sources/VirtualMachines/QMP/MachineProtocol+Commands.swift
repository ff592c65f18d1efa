import Foundation

extension MachineProtocol {
  /// What the human monitor prints to a command, with plain line ends.
  ///
  /// - Parameter cpu: the processor that the command is about, where it is about one.
  func monitor(_ line: String, cpu: Int? = nil) throws(VirtualMachineError) -> String {
    var arguments: [String: ProtocolArgument] = ["command-line": .text(line)]
    if let cpu { arguments["cpu-index"] = .number(cpu) }
    let text: String = try ask("human-monitor-command", arguments)
    return text.replacing("\r\n", with: "\n")
  }

  /// Whether the machine's processors run.
  func isRunning() throws(VirtualMachineError) -> Bool {
    struct Status: Decodable { var running: Bool }
    return try ask("query-status", as: Status.self).running
  }

  /// QEMU's name of the architecture, such as x86_64 (qapi/machine.json, `SysEmuTarget`).
  func target() throws(VirtualMachineError) -> String {
    struct Target: Decodable { var arch: String }
    return try ask("query-target", as: Target.self).arch
  }

  func stop() throws(VirtualMachineError) { let _: NoAnswer = try ask("stop") }
  func cont() throws(VirtualMachineError) { let _: NoAnswer = try ask("cont") }

  /// The objects that hold the machine's RAM.
  func backends() throws(VirtualMachineError) -> [MemoryBackend] {
    struct Device: Decodable {
      var id: String?
      var size: UInt64
      var share: Bool?
    }
    struct Property: Decodable { var name, type: String }
    let devices: [Device] = try ask("query-memdev")
    let objects: [Property] = try ask("qom-list", ["path": "/objects"])
    var backends: [MemoryBackend] = []
    // A machine has a handful; who sends thousands would have each of them asked about.
    for device in devices.prefix(64) {
      guard let id = device.id else { continue }
      let type = objects.first { $0.name == id }?.type ?? ""
      var backend = MemoryBackend(
        id: id, sizeBytes: device.size, isShared: device.share ?? false, kind: .other)
      switch type {
      case "child<memory-backend-file>":
        backend.kind = .file(try ask("qom-get", ["path": .text("/objects/\(id)"), "property": "mem-path"]))
        // Newer versions can begin inside the file.
        backend.fileOffset =
          (try? ask("qom-get", ["path": .text("/objects/\(id)"), "property": "offset"])) ?? 0
      case "child<memory-backend-memfd>": backend.kind = .memfd
      default: break
      }
      backends.append(backend)
    }
    return backends
  }

  /// Has QEMU make a debugger stub that listens at a socket.
  ///
  /// - Returns: what the monitor says to it.
  func makeDebuggerStub(at path: String) throws(VirtualMachineError) -> String {
    let address: ProtocolArgument = .object(["type": "unix", "data": .object(["path": .text(path)])])
    let socket: ProtocolArgument = .object(["addr": address, "server": .flag(true), "wait": .flag(false)])
    // A character device of our own name: the one that `gdbserver unix:PATH` makes is called like many users' own.
    let _: NoAnswer = try ask(
      "chardev-add", ["id": .text(Self.stubDevice), "backend": .object(["type": "socket", "data": socket])])
    return try monitor("gdbserver chardev:\(Self.stubDevice)")
  }

  /// Has QEMU forget it; whether the device goes with it depends on the version.
  func removeDebuggerStub() {
    _ = try? monitor("gdbserver none")
    let _: NoAnswer? = try? ask("chardev-remove", ["id": .text(Self.stubDevice)])
  }

  private static let stubDevice = "pagewalk-stub"

  /// Where a debugger can connect, by QEMU's list of character devices: the one that `-gdb` makes is called gdb.
  func debuggerSocket() throws(VirtualMachineError) -> (isThere: Bool, address: SocketAddress?) {
    struct Device: Decodable { var label, filename: String }
    let devices: [Device] = try ask("query-chardev")
    guard let device = devices.first(where: { $0.label == "gdb" }) else { return (false, nil) }
    return (true, SocketAddress(chardev: device.filename))
  }
}
