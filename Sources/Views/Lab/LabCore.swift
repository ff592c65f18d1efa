import Foundation
public import KernelLab
import MemoryImages
import PageTables

/// The lab's RAM as an ELF core: what was ever written or is in use, and where there is RAM.
public struct LabCore {
  private let image: LabImage

  public init(_ image: LabImage) { self.image = image }

  /// Writes the file, and says so in a sentence.
  public func write(to path: String, replaces: Bool) throws(SourceError) -> String {
    guard replaces || !FileManager.default.fileExists(atPath: path) else {
      throw SourceError("\(path) exists; --force replaces it")
    }
    guard FileManager.default.createFile(atPath: path, contents: nil),
      let file = FileHandle(forWritingAtPath: path)
    else { throw SourceError("\(path): cannot be made; is its folder there, and may you write in it?") }
    defer { try? file.close() }
    var size: UInt64 = 0
    do throws(ImageError) {
      try core.write(
        reading: { address, count throws(ImageError) in try bytes(at: address, count: count, path: path) },
        to: { bytes throws(ImageError) in
          do { try file.write(contentsOf: bytes) } catch {
            throw ImageError(.system, path: path, "cannot be written: \(error)")
          }
          size += UInt64(bytes.count)
        })
    } catch {
      throw SourceError(error.description)
    }
    return "\(path): \(size) bytes; \(rootsText)"
  }

  private func bytes(at address: PhysicalAddress, count: Int, path: String) throws(ImageError) -> [UInt8] {
    do throws(MemoryFault) {
      return try Source(image, name: path).bytes(at: address, count: count)
    } catch {
      throw ImageError(.system, path: path, "the lab's memory at \(hexadecimal(address.rawValue)): \(error)")
    }
  }

  /// What to say to those who cannot take the root from registers.
  private var rootsText: String {
    let format = "\(image.profile.format.name)"
    let processes = image.tasks.compactMap { task in
      task.root.map { "\(task.pid) (\(task.command)) --root \(hexadecimal($0.lower.rawValue))" }
    }
    return
      "--paging \(format), kernel --root \(hexadecimal(image.kernelRoot.lower.rawValue))"
      + (image.kernelRoot.upper == image.kernelRoot.lower
        ? "" : " --upper-root \(hexadecimal(image.kernelRoot.upper.rawValue))")
      + processes.prefix(8).map { ", \($0)" }.joined() + (processes.count > 8 ? ", ..." : "")
  }

  private var core: ELFCore {
    let profile = image.profile
    let first = PhysicalAddress(profile.ramBase)
    var core = ELFCore(
      ram: [first...first.advanced(byBytes: profile.ramByteCount - 1)],
      kept: image.usedRuns.map { run in
        run.address...run.address.advanced(byBytes: UInt64(run.byteCount) - 1)
      })
    core.machine = machine
    core.vmcoreinfo = "OSRELEASE=\(profile.release)\nPAGESIZE=\(1 << Int(profile.format.pageSizeBits))\n"
    if profile.architecture == .x86 { core.registers = image.cpus.map(registers) }
    return core
  }

  private var machine: ImageArchitecture.Machine? {
    switch image.profile.architecture {
    case .x86: image.profile.format.levelCount >= 4 ? .amd64 : .x86
    case .arm: .arm
    case .arm64: .aarch64
    case .riscv: image.profile.format.addressBits == 64 ? .riscv64 : nil
    case .alpha: nil
    }
  }

  /// Intel SDM volume 3, section 2.5: CR0 PE, WP, PG; CR4 PSE, PAE, PGE, LA57, PCIDE.
  private func registers(_ cpu: LabCPU) -> CPURegisters {
    let levels = image.profile.format.levelCount
    var registers = CPURegisters(index: cpu.index)
    registers.cr0 = 1 << 31 | 1 << 16 | 1
    registers.cr3 = cpu.root.lower.rawValue
    registers.cr4 =
      1 << 4 | (levels >= 3 ? 1 << 5 : 0) | (image.profile.globalPages ? 1 << 7 : 0)
      | (levels == 5 ? 1 << 12 : 0)
    // Linux's code segments: user mode has the privilege level 3 in its two lowest bits.
    registers.codeSegment = cpu.pid == nil ? 0x10 : 0x33
    return registers
  }
}
