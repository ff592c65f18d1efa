import Testing

@testable import VirtualMachines

@Suite("The debugger stub, and servers that do not keep to its protocol")
struct DebuggerStubTests {
  /// A packet with its sum left out: nobody checks sums on a socket.
  private static func packet(_ payload: String) -> [UInt8] { Array("+$\(payload)#00".utf8) }

  private static let files = [
    "target.xml": """
    <?xml version="1.0"?><target><architecture>i386:x86-64</architecture>
    <xi:include href="core.xml"/><xi:include href="target.xml"/></target>
    """,
    "core.xml": """
    <feature name="core"><reg name="rax" bitsize="64"/>
    <!-- <reg name="commented" bitsize="64"/> -->
    <reg name="CR3" bitsize="64"/><reg name="st0" bitsize="80" regnum="40"/><reg name="cr4" bitsize="64"/></feature>
    """,
  ]

  private func server(
    memory: @escaping @Sendable (String) -> String = { _ in "" }
  ) throws -> FakeServer {
    // The stop of the machine comes first, unasked.
    try FakeServer(greeting: Array("$T02thread:01;#04".utf8), separator: "#") { _, request in
      let command = request.split(separator: "$").last.map(String.init) ?? ""
      if command.hasPrefix("qSupported") {
        return Self.packet("PacketSize=1000;qXfer:features:read+")
      }
      if command.hasPrefix("qXfer:features:read:") {
        let words = command.split(separator: ":")
        let offset = Int(words[4].split(separator: ",")[0], radix: 16) ?? 0
        let rest = Self.files[String(words[3])]?.dropFirst(offset) ?? ""
        return Self.packet((rest.count > 100 ? "m" : "l") + rest.prefix(100))
      }
      switch command {
      case "Hg1": return Self.packet("OK")
      case "p1": return Self.packet("00602f0000000000")
      case "p29": return Self.packet("f00e750000000000")
      default: return command.hasPrefix("m") ? Self.packet(memory(command)) : Self.packet("")
      }
    }
  }

  @Test("registers are numbered as the description says: comments do not count, numbers of their own do")
  func registers() throws {
    let server = try server()
    let stub = try DebuggerStub(.path(server.path))
    #expect(try stub.target().numbers == ["rax": 0, "cr3": 1, "st0": 40, "cr4": 41])
    #expect(try stub.registers(["cr3", "cr4", "none"], ofCPU: 0) == ["cr3": 0x2f_6000, "cr4": 0x75_0ef0])
    #expect(throws: VirtualMachineError.self) { try stub.registers(["cr3"], ofCPU: 5) }
  }

  @Test("memory is put together of packets, each of the size that was asked for")
  func memory() throws {
    let server = try server { command in
      let words = command.dropFirst().split(separator: ",").compactMap { Int($0, radix: 16) }
      return (0..<words[1]).map { (words[0] + $0) & 0xff }.map {
        ($0 < 16 ? "0" : "") + String($0, radix: 16)
      }.joined()
    }
    let stub = try DebuggerStub(.path(server.path))
    let bytes = try stub.memory(at: 0x1003, count: 5000)
    #expect(bytes == (0..<5000).map { UInt8(truncatingIfNeeded: 0x1003 + $0) })
  }

  @Test(
    "memory that is answered with fewer bytes, an error or no digits is an error",
    arguments: ["00", "E14", "xyzw", ""])
  func badMemory(_ answer: String) throws {
    let server = try server { _ in answer }
    let stub = try DebuggerStub(.path(server.path))
    #expect(throws: VirtualMachineError.self) { try stub.memory(at: 0, count: 4) }
  }

  @Test("after the end nothing is sent any more")
  func end() throws {
    let server = try server { _ in "00" }
    let stub = try DebuggerStub(.path(server.path))
    stub.end()
    let count = server.received.count
    #expect(throws: VirtualMachineError.self) { try stub.memory(at: 0, count: 1) }
    #expect(server.received.count == count)
  }

  @Test("an endless packet is an error")
  func endless() throws {
    let server = try FakeServer(greeting: [], separator: "#") { _, _ in
      [UInt8](repeating: UInt8(ascii: "$"), count: 1) + [UInt8](repeating: UInt8(ascii: "a"), count: 1 << 18)
    }
    let error = #expect(throws: VirtualMachineError.self) { try DebuggerStub(.path(server.path)) }
    #expect(error?.problem.contains("a packet of over 64 KiB") == true)
  }

  @Test("what describes no registers is no stub of QEMU's")
  func stranger() throws {
    let server = try FakeServer(greeting: [], separator: "#") { _, _ in Self.packet("") }
    let error = #expect(throws: VirtualMachineError.self) { try DebuggerStub(.path(server.path)) }
    #expect(error?.problem.contains("is not QEMU's debugger stub") == true)
  }
}
