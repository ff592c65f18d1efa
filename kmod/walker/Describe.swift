public import PagewalkKernel

/// Tells a walk in words, line by line, as the log and the device's readers have it.
// swift-format-ignore: AlwaysUseLowerCamelCase
@c public func pagewalk_describe(
  _ kernel: UnsafePointer<pagewalk_kernel>, _ walk: UnsafePointer<pagewalk_walk>,
  _ steps: UnsafePointer<pagewalk_step>, _ telling: UnsafePointer<pagewalk_telling>,
  _ text: UnsafeMutablePointer<pagewalk_text>
) {
  let text = Text(text, hidesAddresses: telling.pointee.hides_addresses != 0)
  let format = KernelFormat(kernel)
  if walk.pointee.pid == 0 {
    text.write("kernel")
  } else {
    text.write("process ")
    text.writeDecimal(UInt64(truncatingIfNeeded: walk.pointee.pid))
    text.write(" (")
    text.write(name: telling.pointee.command)
    text.write(")")
  }
  text.write(", ")
  text.write(name: kernel.pointee.format.pointee.name)
  text.write(", root ")
  text.writeSecret(walk.pointee.root)
  text.writeLine()
  text.write("virtual address ")
  text.writeDecimal(walk.pointee.address)
  text.write(" (")
  text.writeHexadecimal(walk.pointee.address)
  text.write(")")
  text.writeLine()
  var index = 0
  while index < Int(truncatingIfNeeded: walk.pointee.step_count), index < Int(PAGEWALK_MAX_STEPS) {
    text.write(steps + index, of: format)
    index &+= 1
  }
  text.writeOutcome(of: walk, pageSizeBits: format.pageSizeBits)
}

extension Text {
  /// One level: `pte PT 1e6 at 1234000 = 8000000012345067  4 KiB page 12345000  rw- rw-  present ...`.
  func write(_ step: UnsafePointer<pagewalk_step>, of format: KernelFormat) {
    guard let level = format.levelTable(Int(step.pointee.depth)) else { return }
    let found = format.rule(for: step.pointee.entry, depth: Int(step.pointee.depth))
    let start = count
    write(name: level.pointee.name)
    write(byte: 0x20)
    write(name: level.pointee.architecture_name)
    pad(from: start, to: 9)
    writeHexadecimal(UInt64(step.pointee.index))
    pad(from: start, to: 13)
    write(" at ")
    writeSecret(step.pointee.entry_address)
    write(" = ")
    if Int(step.pointee.meaning) == PAGEWALK_UNREADABLE {
      write("unreadable")
      return writeLine()
    }
    writeSecret(step.pointee.entry)
    write("  ")
    write(name: format.ruleName(found.index, depth: Int(step.pointee.depth)))
    if Int(step.pointee.meaning) == PAGEWALK_TABLE || Int(step.pointee.meaning) == PAGEWALK_LEAF {
      write(byte: 0x20)
      writeSecret(step.pointee.next)
      write("  ")
      writeRights(Access(rawValue: step.pointee.access))
      write(byte: 0x20)
      writeFields(of: step.pointee.entry, format.fieldTable(of: found.rule))
    }
    writeLine()
    writeFolded(level.pointee.folded_names)
    writeSoftware(step, format)
  }

  /// The levels that Linux has and the hardware lacks.
  private func writeFolded(_ names: UnsafePointer<CChar>) {
    guard names.pointee != 0 else { return }
    write("         ")
    write(name: names)
    write(": folded, the same entry")
    writeLine()
  }

  /// Linux's own entry, where it says more than where it is.
  private func writeSoftware(_ step: UnsafePointer<pagewalk_step>, _ format: KernelFormat) {
    guard step.pointee.flags & UInt32(PAGEWALK_STEP_LINUX_ENTRY) != 0 else { return }
    write("         Linux's at ")
    writeSecret(step.pointee.linux_entry_address)
    write(" = ")
    writeSecret(step.pointee.linux_entry)
    let rule = format.softwareEntries(Int(step.pointee.depth)).present
    if step.pointee.linux_entry & rule.mask == rule.match {
      write(byte: 0x20)
      writeFields(of: step.pointee.linux_entry, format.fieldTable(of: rule))
    }
    writeLine()
  }

  /// The names of the bits that are set: ` present writable AP=3`.
  private func writeFields(of entry: UInt64, _ table: pagewalk_field_table?) {
    guard let table else { return }
    var index = 0
    while index < Int(table.field_count) {
      let field = (table.fields + index).pointee
      let mask: UInt64 = (1 &<< UInt64(field.bit_count & 63)) &- 1
      let value = (entry &>> UInt64(field.low_bit & 63)) & mask
      if value != 0 {
        write(byte: 0x20)
        write(name: field.name)
        if field.bit_count > 1 {
          write(byte: 0x3d)
          writeHexadecimal(value)
        }
      }
      index &+= 1
    }
  }
}

extension KernelFormat {
  /// What the manual calls an entry that this rule reads.
  func ruleName(_ index: Int, depth: Int) -> UnsafePointer<CChar>? {
    guard let level = levelTable(depth), index >= 0, index < Int(level.pointee.rule_count) else {
      return nil
    }
    return (level.pointee.rules + index).pointee.name
  }
}
