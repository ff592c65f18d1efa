import PageTables

/// Page after page: what `/proc/PID/pagemap` said, against what the page tables say.
struct PagemapComparison {
  var walker: Walker<PagingFormat>
  /// Whether tables may be missing: those are counted, then.
  var isDamaged = false
  var tally = Tally()

  init(walker: Walker<PagingFormat>) { self.walker = walker }

  /// - Parameters:
  ///   - entry: pagemap's (Linux, Documentation/admin-guide/mm/pagemap.rst); 0 for none.
  ///   - isDevice: whether the page lies in a device's memory, which pagemap does not show.
  mutating func compare(
    _ address: VirtualAddress, entry: UInt64, isDevice: Bool, in memory: some PhysicalMemory
  ) {
    let translation = walker.translate(address, in: memory)
    let isPresent = entry >> 63 == 1
    switch translation.outcome {
    case .mapped(let mapping):
      if isPresent, mapping.physical.rawValue >> UInt64(walker.format.pageSizeBits) == frame(entry) {
        tally.count("present and equal")
      } else if !isPresent, isDevice {
        tally.count("device pages, which pagemap does not show")
      } else {
        differ(address, entry, "\(translation.outcome)")
      }
    case .stopped(.notPresent(let state)):
      let own = softwareState(of: translation, in: memory)
      if case .present(let physical, let access) = own {
        compareOwn(address, entry, physical, access, isDevice: isDevice)
      } else if case .notPresent(let linux) = own {
        compareNotPresent(address, entry, linux)
      } else {
        compareNotPresent(address, entry, state)
      }
    case .stopped where isDamaged:
      tally.count("pages whose tables are missing")
    case .stopped:
      differ(address, entry, "\(translation.outcome)")
    }
  }

  private func frame(_ entry: UInt64) -> UInt64 { entry & ((1 << 55) - 1) }

  private mutating func differ(_ address: VirtualAddress, _ entry: UInt64, _ found: String) {
    tally.differ("\(address), pagemap \(String(entry, radix: 16)): \(found)")
  }

  /// What Linux's own entry says of an address that the hardware does not have.
  private func softwareState(
    of translation: Translation, in memory: some PhysicalMemory
  ) -> SoftwareStep.State? {
    guard translation.steps.count > 0 else { return nil }
    let last = translation.steps[translation.steps.count - 1]
    return walker.softwareEntry(of: last, address: translation.address, in: memory)?.state
  }

  private mutating func compareOwn(
    _ address: VirtualAddress, _ entry: UInt64, _ physical: PhysicalAddress, _ access: Access, isDevice: Bool
  ) {
    let isPresent = entry >> 63 == 1
    if !isPresent, isDevice {
      tally.count("device pages, which pagemap does not show")
    } else if isPresent, physical.rawValue >> UInt64(walker.format.pageSizeBits) == frame(entry) {
      tally.count(
        access.intersects(.user) ? "old pages, in Linux's own entry only" : "PROT_NONE in Linux's own entry")
    } else {
      differ(address, entry, "Linux's entry has \(physical)")
    }
  }

  private mutating func compareNotPresent(
    _ address: VirtualAddress, _ entry: UInt64, _ state: NotPresentState
  ) {
    let isPresent = entry >> 63 == 1
    let isSwapped = entry >> 62 & 1 == 1
    if isPresent, state.kind == .protectionNone, state.offset == frame(entry) {
      tally.count("PROT_NONE, frame equal")
    } else if isSwapped, state.kind == .swap, state.type == entry & 31, state.offset == frame(entry) >> 5 {
      tally.count("swap, area and slot equal")
    } else if !isPresent, !isSwapped, state.kind == .none {
      tally.count("not present")
    } else {
      differ(address, entry, "\(state)")
    }
  }
}
