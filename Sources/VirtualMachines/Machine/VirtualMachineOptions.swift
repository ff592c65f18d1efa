/// Which virtual machine, and what may be done to it.
public struct VirtualMachineOptions: Hashable, Sendable {
  /// The socket of QEMU's machine protocol.
  public var address: SocketAddress
  /// The socket of its debugger stub, where it cannot be found by asking.
  public var debugger: SocketAddress?
  /// QEMU's process, where the system does not know who listens at the socket.
  public var processID: Int32?
  /// Whether the machine is stopped until it is closed. Without it, it is never stopped.
  public var pauses = false

  public init(address: SocketAddress) { self.address = address }

  /// What a person wrote: `SOCKET[,gdb=SOCKET][,pid=PID]`.
  ///
  /// - Throws: if it is not of that form.
  public init(parsing text: String) throws(VirtualMachineError) {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard let address = SocketAddress(parts[0]) else {
      throw VirtualMachineError("'\(text)'", "names no socket", advice: "write qemu:PATH or qemu:HOST:PORT")
    }
    self.address = address
    for part in parts.dropFirst() {
      if part.hasPrefix("gdb="), let address = SocketAddress(String(part.dropFirst(4))) {
        debugger = address
      } else if part.hasPrefix("pid="), let number = Int32(part.dropFirst(4)), number > 0 {
        processID = number
      } else {
        throw VirtualMachineError("'\(part)'", "is neither gdb=SOCKET nor pid=PID")
      }
    }
  }
}
