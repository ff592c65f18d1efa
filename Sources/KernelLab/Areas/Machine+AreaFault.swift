import PageTables

extension Machine {
  /// A fault at a process's address: finds the area, checks the access, brings the page.
  mutating func resolveUserFault(_ fault: PageFault, task: Task, space: AddressSpace) -> FaultResolution {
    let address = fault.access.address
    guard let area = space.areas.first(where: { $0.contains(address) }) else {
      return .signal(Signal(number: .segmentationFault, code: .notMapped, address: address))
    }
    guard let slot = makeSlot(for: address, in: space, depth: lastDepth),
      let frame = frames.allocate(kind: .anonymous, owner: space.id, index: address >> pageSizeBits)
    else { return .outOfMemory }
    let entry = codec.writable(codec.dirty(codec.young(codec.entry(frame: frame, rights: area.flags))))
    setEntry(entry, at: slot, depth: lastDepth)
    frames[frame].mapCount = 1
    space.usage.anonymousPages += 1
    task.minorFaultCount += 1
    counters.minorFaults += 1
    return .retry
  }
}
