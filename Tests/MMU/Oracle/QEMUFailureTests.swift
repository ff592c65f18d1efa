import QEMUOracle
import Testing

@Suite("A failure of QEMU", .needs(.x86))
struct QEMUFailureTests {
  @Test("to start carries what QEMU said")
  func start() {
    let failure = #expect(throws: QEMUFailure.self) {
      try X86Oracle(
        image: RAMImage(sizeBytes: 64 << 20),
        paging: X86Paging(mode: .fourLevel, root: 0x1000, physicalAddressBits: 99))
    }
    #expect(failure?.description.contains("phys-bits should be between") == true)
  }

  @Test("to find memory for an image names the size")
  func size() {
    let failure = #expect(throws: QEMUFailure.self) {
      try X86Oracle(image: RAMImage(sizeBytes: 1 << 62), paging: X86Paging(mode: .fourLevel, root: 0x1000))
    }
    #expect(failure?.description.contains("\(1 << 62)") == true)
  }

  @Test("to be in PATH says which package to install")
  func missing() {
    let executable = QEMUExecutable(name: "qemu-system-none-such", package: "no-such")
    #expect(executable.path == nil)
    #expect(!executable.isExpected || executable.isRequired)
  }

  @Test("to reach a table, or a chunk outside RAM, is said with the address")
  func outside() {
    var image = RAMImage(sizeBytes: 64 << 20)
    image.write(1 as UInt64, at: 64 << 20 - 4)
    let failure = #expect(throws: QEMUFailure.self) {
      try X86Oracle(image: image, paging: X86Paging(mode: .fourLevel, root: 0x1000))
    }
    #expect(failure?.description.contains("0x3fffffc") == true)
  }
}
