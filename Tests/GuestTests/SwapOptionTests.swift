import Foundation
import LinuxKernel
import PageTables
import Testing

@Suite(
  .enabled(if: !Guest.built.isEmpty || Guest.isRequired, "no guest is built; run scripts/guests build"))
struct SwapOptionTests {
  @Test("a kernel's type information tells the options that number its swap types", arguments: Guest.built)
  func options(_ guest: Guest) throws {
    let config = try String(contentsOf: guest.folder.appending(path: "config"), encoding: .utf8)
    let kernel = try KernelSearch(machine: nil).run(in: try guest.kernelMemory())
    guard config.contains("\nCONFIG_DEBUG_INFO_BTF=y\n") else {
      #expect(kernel.swapOptions == nil && !kernel.format.notPresent.knowsOptions)
      return
    }
    #expect(
      kernel.swapOptions?.value
        == NotPresentTable.Options(
          hasHardwarePoison: config.contains("\nCONFIG_MEMORY_FAILURE=y\n"),
          hasDeviceMemory: config.contains("\nCONFIG_DEVICE_PRIVATE=y\n")))
    #expect(kernel.format.notPresent.knowsOptions && kernel.tables.format.notPresent.knowsOptions)
  }
}
