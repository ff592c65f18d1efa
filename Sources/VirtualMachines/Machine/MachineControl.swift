import Foundation
import Synchronization

/// What is done to a machine and must be undone: it was stopped, a debugger stub was opened or made.
///
/// ``close()`` undoes all of it, once. It may be called from any thread while another one asks for something.
final class MachineControl: Sendable {
  let machineProtocol: MachineProtocol
  let options: VirtualMachineOptions
  private let state = Mutex(State())

  private struct State {
    var mustResume = false
    /// There while the machine must be let go on.
    var guardian: MachineGuard?
    var stub: DebuggerStub?
    var usesPhysicalAddresses = false
    /// The folder of the socket of a stub that we had QEMU make.
    var ownStubFolder: String?
    var isClosed = false
  }

  init(_ options: VirtualMachineOptions) throws(VirtualMachineError) {
    self.options = options
    machineProtocol = try MachineProtocol(options.address)
    OpenMachines.add(self)
  }

  /// QEMU's process, if it is one of this machine.
  var processID: Int32? { options.processID ?? machineProtocol.channel.listener?.processID }

  /// Whether the machine stands still until ``close()``.
  var isStopped: Bool { state.withLock { $0.mustResume } }

  /// Stops the machine if it runs.
  func pause() throws(VirtualMachineError) {
    try withState { state throws(VirtualMachineError) in
      guard try machineProtocol.isRunning() else { return }
      // Before the command: an answer that does not come does not mean that it had no effect.
      state.guardian = try MachineGuard(machineProtocol.channel)
      state.mustResume = true
      try machineProtocol.stop()
    }
  }

  /// The debugger stub; made for the purpose, if QEMU has none.
  func debuggerStub(physicalAddresses: Bool = false) throws(VirtualMachineError) -> DebuggerStub {
    try withState { state throws(VirtualMachineError) in
      guard options.pauses else {
        throw VirtualMachineError(
          machineProtocol.channel.name, "the debugger stub can be asked only while the machine stands still",
          advice: "--pause stops it for as long as the command takes")
      }
      let stub: DebuggerStub
      if let known = state.stub { stub = known } else { stub = try openStub(&state) }
      state.stub = stub
      if physicalAddresses, !state.usesPhysicalAddresses {
        try stub.usePhysicalAddresses(true)
        state.usesPhysicalAddresses = true
      }
      return stub
    }
  }

  private func openStub(_ state: inout State) throws(VirtualMachineError) -> DebuggerStub {
    if let address = options.debugger { return try DebuggerStub(address) }
    let found = try machineProtocol.debuggerSocket()
    if let address = found.address { return try DebuggerStub(address) }
    let advice = "start QEMU with -gdb unix:PATH,server=on,wait=off, and name it: qemu:SOCKET,gdb=PATH"
    let name = machineProtocol.channel.name
    guard !found.isThere else {
      throw VirtualMachineError(
        name, "somebody is connected to the debugger stub", advice: "end that debugger")
    }
    guard let listener = machineProtocol.channel.listener else {
      throw VirtualMachineError(name, "QEMU has no debugger stub, and is on another machine", advice: advice)
    }
    let folder = try Self.temporaryFolder(for: listener)
    state.ownStubFolder = folder
    let said = try machineProtocol.makeDebuggerStub(at: folder + "/gdb")
    do throws(VirtualMachineError) {
      return try DebuggerStub(.path(folder + "/gdb"))
    } catch {
      let reason =
        said.split(whereSeparator: \.isNewline).first.map { " (it says '\($0.prefix(120))')" } ?? ""
      throw VirtualMachineError(
        name, "QEMU could not be told to make a debugger stub\(reason)", advice: advice)
    }
  }

  /// A folder for a socket that QEMU makes, which only we and QEMU can enter.
  private static func temporaryFolder(
    for listener: Channel.Listener
  ) throws(VirtualMachineError) -> String {
    let folder = "/tmp/pagewalk-\(UUID().uuidString)"
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    } catch {
      throw VirtualMachineError(folder, "the folder cannot be made")
    }
    // Root's folder would be closed to a QEMU of another user.
    try? FileManager.default.setAttributes(
      [.ownerAccountID: Int(listener.userID), .groupOwnerAccountID: Int(listener.groupID)],
      ofItemAtPath: folder)
    return folder
  }

  /// Undoes what was done, whatever fails on the way: the debugger stub is left as it was, and the machine goes on if
  /// it was stopped here.
  func close() {
    state.withLock { state in
      guard !state.isClosed else { return }
      state.isClosed = true
      if let stub = state.stub {
        if state.usesPhysicalAddresses { try? stub.usePhysicalAddresses(false) }
        stub.end()
      }
      if let folder = state.ownStubFolder {
        machineProtocol.removeDebuggerStub()
        try? FileManager.default.removeItem(atPath: folder)
      }
      if state.mustResume { resume(&state) }
    }
    OpenMachines.remove(self)
  }

  /// Lets the machine go on. If QEMU does not answer us, the guard tries it again when this process ends.
  private func resume(_ state: inout State) {
    guard (try? machineProtocol.cont()) != nil else { return }
    state.guardian?.dismiss()
    state.guardian = nil
  }

  private func withState<Answer>(
    _ body: (inout State) throws(VirtualMachineError) -> Answer
  ) throws(VirtualMachineError) -> Answer {
    let result = state.withLock { state -> Result<Answer, VirtualMachineError> in
      guard !state.isClosed else {
        return .failure(VirtualMachineError(machineProtocol.channel.name, "the machine was left"))
      }
      do throws(VirtualMachineError) {
        return .success(try body(&state))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }
}
