import PageTables

extension WalkReport {
  /// Adds Linux's own entries, where the format keeps them beside the hardware's, and what they say that
  /// the hardware does not.
  mutating func addSoftwareEntries(_ translation: Translation, space: AddressSpace, source: Source) {
    for (position, step) in translation.steps.elements.enumerated() {
      let level = space.format.level(step.depth)
      let software = level.software
      guard software.groupByteCount > 0 else { continue }
      if let own = space.walker.softwareEntry(of: step, address: translation.address, in: source.memory) {
        steps[position].linux = linuxEntry(own, level: level, format: space.format, source: source)
        compare(own, with: translation, format: space.format)
      } else {
        // Linux sees the hardware's entries, several as one.
        let address = step.entryAddress.rawValue & ~(UInt64(software.groupByteCount) - 1)
        steps[position].linux = LinuxEntry(
          index: step.index * UInt64(level.entryByteCount) / UInt64(software.groupByteCount),
          entryAddress: JSONAddress(address),
          entryKernelAddress: source.kernelAddress(of: PhysicalAddress(address)).map { JSONAddress($0) })
      }
    }
  }

  private func linuxEntry(
    _ own: SoftwareStep, level: Level, format: PagingFormat, source: Source
  ) -> LinuxEntry {
    let mask = (UInt64(1) << UInt64(level.allocation.sizeBits)) - 1
    var entry = LinuxEntry(
      index: (own.entryAddress.rawValue & mask) / UInt64(level.entryByteCount),
      entryAddress: JSONAddress(own.entryAddress.rawValue),
      entryKernelAddress: source.kernelAddress(of: own.entryAddress).map { JSONAddress($0) })
    switch own.state {
    case .present:
      entry.entry = JSONAddress(own.entry)
      entry.flags = format.fields(of: level.software.present).names(in: own.entry)
    case .notPresent: entry.entry = JSONAddress(own.entry)
    case .unreadable: break
    }
    return entry
  }

  /// Notes what Linux's entry says, if the hardware's says otherwise.
  private mutating func compare(_ own: SoftwareStep, with translation: Translation, format: PagingFormat) {
    switch own.state {
    case .present(let physical, _):
      guard translation.mapping?.physical != physical else { return }
      alsoLinux = LinuxView(state: "present", physical: JSONAddress(physical.rawValue))
      if translation.mapping == nil {
        explanation =
          (explanation ?? "") + "; Linux's own entry has the page at \(hexadecimal(physical.rawValue)): "
          + "it is old (not accessed since its mark was cleared), and the next access makes it present"
      }
    case .notPresent(let state):
      guard state.kind != .none else { return }
      alsoLinux = LinuxView(state, pageSizeBits: format.pageSizeBits)
      if translation.mapping == nil {
        reason = state.kind.contractName
        let others = format.alternatives(to: own.entry)
        explanation =
          "Linux's own entry: " + state.sentence(pageSizeBits: format.pageSizeBits) + (others?.sentence ?? "")
        alternatives = others?.names
      }
    case .unreadable: break
    }
  }
}
