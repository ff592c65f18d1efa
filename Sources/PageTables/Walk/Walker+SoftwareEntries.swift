extension Walker {
  /// What Linux's own entry says, where it keeps one beside the hardware's: its address, its raw value,
  /// and its state (`present` with the physical address, or what is not present). Nil where Linux uses the
  /// hardware's entries.
  public func softwareEntry(
    of step: Step, address: VirtualAddress, in memory: borrowing some PhysicalMemory & ~Copyable
  ) -> SoftwareStep? {
    let software = format.softwareEntries(step.depth)
    guard software.groupByteCount > 0, software.offsetBytes != 0 else { return nil }
    let entryAddress = PhysicalAddress(
      step.entryAddress.rawValue &+ UInt64(bitPattern: Int64(software.offsetBytes)))
    do throws(MemoryFault) {
      let raw = try entry(
        at: entryAddress, byteCount: 1 &<< Int(format.geometry(step.depth).entrySizeBits), in: memory)
      let rule = software.present
      guard raw & rule.mask == rule.match else {
        return SoftwareStep(
          entryAddress: entryAddress, entry: raw, state: .notPresent(format.notPresentState(of: raw)))
      }
      let target = rule.address.address(from: raw).rawValue
      let offsetMask: UInt64 = (1 &<< UInt64(rule.sizeBits)) &- 1
      return SoftwareStep(
        entryAddress: entryAddress, entry: raw,
        state: .present(
          PhysicalAddress((target & ~offsetMask) | (address.rawValue & offsetMask)),
          format.access(of: raw, by: rule)))
    } catch {
      return SoftwareStep(entryAddress: entryAddress, entry: 0, state: .unreadable(error))
    }
  }
}
