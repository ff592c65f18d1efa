import Testing

@testable import VirtualMachines

@Suite("Names of virtual machines")
struct AddressTests {
  @Test("a path has a slash or no port; a host has a port")
  func addresses() {
    #expect(SocketAddress("/run/vm:1/qmp") == .path("/run/vm:1/qmp"))
    #expect(SocketAddress("qmp.sock") == .path("qmp.sock"))
    #expect(SocketAddress("localhost:4444") == .host("localhost", port: 4444))
    #expect(SocketAddress(":4444") == .host("localhost", port: 4444))
    #expect(SocketAddress("[::1]:4444") == .host("::1", port: 4444))
    for wrong in ["", "host:", "host:0", "host:70000", "host:port"] {
      #expect(SocketAddress(wrong) == nil, "\(wrong)")
    }
  }

  @Test("QEMU's list of character devices tells where a debugger can connect, if nobody is connected")
  func chardevs() {
    #expect(SocketAddress(chardev: "disconnected:unix:/tmp/gdb,server=on") == .path("/tmp/gdb"))
    #expect(
      SocketAddress(chardev: "disconnected:tcp:0.0.0.0:1234,server=on") == .host("localhost", port: 1234))
    #expect(SocketAddress(chardev: "unix:/tmp/gdb,server=on") == nil)
    #expect(SocketAddress(chardev: "disconnected:unix:/tmp/gdb") == nil)
    #expect(SocketAddress(chardev: "file") == nil)
  }

  @Test("a machine's name is its socket, and what else the user knows")
  func options() throws {
    let options = try VirtualMachineOptions(parsing: "/tmp/qmp,gdb=localhost:1234,pid=42")
    #expect(options.address == .path("/tmp/qmp"))
    #expect(options.debugger == .host("localhost", port: 1234))
    #expect(options.processID == 42)
    for wrong in ["", ",", "/tmp/qmp,", "/tmp/qmp,pid=0", "/tmp/qmp,pid=x", "/tmp/qmp,gdb=", "/tmp/qmp,x=1"] {
      #expect(throws: VirtualMachineError.self, "\(wrong)") { try VirtualMachineOptions(parsing: wrong) }
    }
  }
}
