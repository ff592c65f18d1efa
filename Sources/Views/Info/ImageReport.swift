public import MemoryImages
import PageTables
public import VirtualMachines

/// An image, ready to be shown: `pagewalk.image/1`.
public struct ImageReport: JSONReport, Sendable {
  public static let schema = "pagewalk.image/1"

  public struct Range: Encodable, Sendable {
    public var start: JSONAddress
    public var end: JSONAddress
    public var state: String
    var byteCount: UInt64
    enum CodingKeys: String, CodingKey { case start, end, state }
  }

  public struct Registers: Encodable, Sendable {
    public var cpu: Int
    public var values: [String: JSONAddress]
    public var userMode: Bool?
  }

  public var source: String
  public var kind: String
  public var architecture: String?
  public var byteOrder: String?
  public var ranges: [Range]
  /// How many ranges are not listed, if there are very many.
  public var rangesLeftOut: Int?
  public var registers: [Registers]?
  public var kernelRelease: String?
  public var incomplete: Bool?
  /// What was inferred or looked odd while opening.
  public var notes: [String]?
  /// The text of the VMCOREINFO note.
  public var vmcoreinfo: String?

  /// - Parameter rangeLimit: a filtered dump can have millions of ranges; so many are listed.
  public init(_ image: MemoryImage, source: String, rangeLimit: Int = 1 << 16) {
    self.source = source
    kind = image.kind.rawValue
    architecture = image.architecture?.machine.rawValue
    byteOrder = image.architecture.map { $0.byteOrder == .little ? "little" : "big" }
    ranges = []
    var leftOut = 0
    for range in image.ranges {
      guard ranges.count < rangeLimit else {
        leftOut += 1
        continue
      }
      ranges.append(
        Range(
          start: JSONAddress(range.start.rawValue), end: JSONAddress(exclusiveEndAfter: range.last.rawValue),
          state: "\(range.state)", byteCount: range.sizeBytes))
    }
    rangesLeftOut = leftOut > 0 ? leftOut : nil
    registers =
      image.registers.isEmpty
      ? nil : image.registers.map { Registers($0, of: image.architecture?.machine) }
    kernelRelease = image.kernelRelease
    incomplete = image.isIncomplete ? true : nil
    notes = image.notes.isEmpty ? nil : image.notes
    vmcoreinfo = image.vmcoreinfo
  }

  /// A virtual machine, with all of its registers that can be had.
  public init(_ machine: VirtualMachine, source: String) {
    self.source = source
    kind = "qemu"
    architecture = machine.architecture?.machine.rawValue
    byteOrder = machine.architecture.map { $0.byteOrder == .little ? "little" : "big" }
    ranges = machine.ranges.map {
      Range(
        start: JSONAddress($0.start.rawValue), end: JSONAddress(exclusiveEndAfter: $0.last.rawValue),
        state: "\($0.state)", byteCount: $0.sizeBytes)
    }
    var notes = machine.notes
    var found = machine.registers
    do throws(VirtualMachineError) {
      found = try machine.translationRegisters()
    } catch {
      notes.append(
        "page-table roots are not known: \(error.problem)" + (error.advice.map { "; \($0)" } ?? ""))
    }
    registers = found.isEmpty ? nil : found.map { Registers($0, of: machine.architecture?.machine) }
    self.notes = notes.isEmpty ? nil : notes
  }

  /// The image for a person.
  public var text: String {
    var table = TextTable()
    table.add("source", source)
    table.add("kind", kind + (incomplete == true ? ", incomplete" : ""))
    if let architecture {
      table.add("architecture", architecture + (byteOrder == "big" ? ", big-endian" : ""))
    }
    if let kernelRelease { table.add("kernel", kernelRelease) }
    for cpu in registers ?? [] {
      let mode = cpu.userMode.map { $0 ? "user mode" : "kernel mode" } ?? ""
      let values = cpu.values.sorted { $0.key < $1.key }.map { "\($0.key)=\(hexadecimal($0.value.value))" }
      table.add("cpu \(cpu.cpu)", ([mode] + values).filter { !$0.isEmpty }.joined(separator: " "))
    }
    var lines = table.lines + ["", "physical memory"]
    var memory = TextTable(alignments: [.left, .right])
    for range in ranges.prefix(64) {
      memory.add(
        "  \(hexadecimal(range.start.value, width: 9))-\(hexadecimal(range.end.value &- 1, width: 9))",
        sizeText(range.byteCount), range.state)
    }
    lines += memory.lines
    let hidden = ranges.count - min(64, ranges.count) + (rangesLeftOut ?? 0)
    if hidden > 0 { lines.append("  ... and \(hidden) more (--format json lists them)") }
    for note in notes ?? [] { lines.append("note: \(note)") }
    return lines.joined(separator: "\n")
  }
}

extension ImageReport.Registers {
  init(_ registers: CPURegisters, of machine: ImageArchitecture.Machine?) {
    cpu = registers.index
    userMode = registers.isUserMode(on: machine)
    let named: [(String, UInt64?)] = [
      ("pc", registers.programCounter), ("sp", registers.stackPointer), ("cr0", registers.cr0),
      ("cr2", registers.cr2), ("cr3", registers.cr3), ("cr4", registers.cr4), ("efer", registers.efer),
      ("satp", registers.satp), ("ttbr0", registers.translationTableBase0),
      ("ttbr1", registers.translationTableBase1),
      (machine == .aarch64 ? "tcr" : "ttbcr", registers.translationControl),
    ]
    values = [:]
    for (name, value) in named { values[name] = value.map { JSONAddress($0) } }
  }
}
