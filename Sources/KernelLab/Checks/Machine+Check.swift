import PageTables

extension Machine {
  /// Everything in the machine's state that contradicts itself; empty if it is sound.
  ///
  /// Reads all tables of all spaces: for tests and scenarios, not for the middle of a long run.
  public func check() -> [Inconsistency] {
    var check = MachineCheck()
    let spaces = liveSpaces
    // What the master reaches is the kernel's, whoever else reaches it.
    var master = Set(survey(kernel.root, pagesBelow: 0).tables.map(\.frame))
    if let isolated = kernel.isolatedRoot {
      master.formUnion(survey(isolated, pagesBelow: 0, without: master).tables.map(\.frame))
    }
    for space in spaces {
      var survey = survey(space.root, pagesBelow: profile.taskSize, without: master)
      if let isolated = space.isolatedRoot {
        let known = master.union(survey.tables.map(\.frame))
        survey.tables += self.survey(isolated, pagesBelow: 0, without: known).tables
      }
      checkDeposits(of: space, survey, &check)
      survey.tables += space.deposits.values.map { ($0, lastDepth) }
      checkTables(of: space, survey, &check)
      checkPages(of: space, survey, &check)
      checkAreas(of: space, &check)
      checkKernelHalf(of: space, &check)
    }
    // A space that only a CPU still has loaded keeps its top tables until the CPU loads another.
    for cpu in cpus {
      guard let space = cpu.activeSpace, !spaces.contains(where: { $0 === space }) else { continue }
      for root in [space.root, space.isolatedRoot ?? space.root] {
        for table in survey(root, pagesBelow: 0, without: master).tables {
          check.tableUsers[table.frame] = [space.id]
        }
      }
    }
    checkFrames(&check)
    checkSwap(&check)
    checkPool(&check)
    for cpu in cpus.indices { checkTLB(cpu, &check) }
    return check.found
  }

  /// The address spaces that exist, in the order that they were made.
  public var liveSpaces: [AddressSpace] { kernel.spaces.compactMap(\.space) }

  // MARK: Tables

  private func checkTables(of space: AddressSpace, _ survey: SpaceSurvey, _ check: inout MachineCheck) {
    var frames: [[UInt64: Int]] = Array(repeating: [:], count: geometries.count)
    for table in survey.tables { frames[table.depth][table.frame, default: 0] += 1 }
    for depth in frames.indices {
      for frame in frames[depth].keys.sorted() {
        check.tableUsers[frame, default: []].append(space.id)
        guard let descriptor = self.frames.descriptor(of: frame), descriptor.kind == .pageTable,
          descriptor.owner == space.id
        else {
          check.found.append(.unmarkedTable(frame: frame, space: space.id))
          continue
        }
      }
      if depth > 0, frames[depth].count != space.tableCounts[depth] {
        check.found.append(
          .tableCount(
            space: space.id, depth: depth, counted: space.tableCounts[depth], found: frames[depth].count))
      }
    }
  }

  // MARK: Pages

  private func checkPages(of space: AddressSpace, _ survey: SpaceSurvey, _ check: inout MachineCheck) {
    var found = SpaceUsage()
    for page in survey.pages {
      // The vectors of a process that has them at 0 are the kernel's.
      if profile.hasLowVectors, page.address < 2 &* pageByteCount { continue }
      let area = space.areas.first { $0.contains(page.address) }
      guard codec.isPresent(page.entry) else {
        if let slot = swapSlot(of: page.entry) {
          found.swappedPages += 1
          check.swapUsers[slot, default: 0] += 1
        }
        continue
      }
      if area == nil { check.found.append(.mapsOutsideAreas(space: space.id, address: page.address)) }
      if let area, codec.isWritable(page.entry), !area.flags.contains(.write) {
        check.found.append(.allowsTooMuch(space: space.id, address: page.address))
      }
      let frame = codec.frame(of: page.entry)
      guard !isZeros(frame) else { continue }
      let count = Int64(1) << Int64(geometries[page.depth].shift - UInt8(pageSizeBits))
      for number in 0..<UInt64(count) { check.mappings[frame &+ number, default: 0] += 1 }
      guard let descriptor = frames.descriptor(of: frame), descriptor.kind != .free else {
        check.found.append(.mapsUnowned(space: space.id, address: page.address, frame: frame))
        continue
      }
      switch descriptor.kind {
      case .hugePage: found.fixedHugePages += count
      case .anonymous:
        found.anonymousPages += count
        checkPlace(of: page, frame, count: UInt64(count), in: area, space, &check)
      case .file: found.filePages += count
      case .sharedMemory: found.sharedMemoryPages += count
      default:
        check.found.append(.mapsKernelMemory(space: space.id, address: page.address, frame: frame))
      }
    }
    func compare(_ what: String, _ path: KeyPath<SpaceUsage, Int64>) {
      let counted = space.usage[keyPath: path]
      if counted != found[keyPath: path] {
        check.found.append(
          .pageCount(space: space.id, what: what, counted: counted, found: found[keyPath: path]))
      }
    }
    compare("anonymous", \.anonymousPages)
    compare("file", \.filePages)
    compare("shared memory", \.sharedMemoryPages)
    compare("swapped", \.swappedPages)
    compare("fixed huge", \.fixedHugePages)
  }

  private func checkAreas(of space: AddressSpace, _ check: inout MachineCheck) {
    var end: UInt64 = 0
    for area in space.areas {
      if area.start >= area.end || area.start < end {
        check.found.append(.areaOrder(space: space.id, address: area.start))
      }
      end = area.end
    }
  }

  // MARK: The kernel's half

  /// A space may lack what the master has, but has nothing of its own.
  private func checkKernelHalf(of space: AddressSpace, _ check: inout MachineCheck) {
    guard case .copied(let first) = profile.kernelHalf else { return }
    let geometry = geometries[0]
    let bits = profile.format.region(of: VirtualAddress(first))?.firstIndexBits ?? geometry.indexBits
    // The address that index 0 would have: canonical addresses of the upper half have their high bits set.
    let base = first & ~((1 &<< (UInt64(geometry.shift) + UInt64(bits))) &- 1)
    for offset in topEntries(from: first) {
      let entry = load(space.root.lower.rawValue &+ offset, geometry)
      let master = load(kernel.root.lower.rawValue &+ offset, geometry)
      guard entry != 0, entry != master else { continue }
      let index = offset >> UInt64(geometry.entrySizeBits)
      let address = base &+ (index &<< UInt64(geometry.shift))
      // Each table's map of itself is its own.
      guard address != profile.selfMapAddress else { continue }
      check.found.append(.kernelEntry(space: space.id, address: address, entry: entry, master: master))
    }
  }

  // MARK: Frames

  private func checkFrames(_ check: inout MachineCheck) {
    var freeCounts = [Int](repeating: 0, count: frames.zones.count)
    for zone in frames.zones.indices {
      for place in frames.zones[zone].frames {
        let frame = UInt64(place) &+ frames.firstFrame
        let descriptor = frames[frame]
        if descriptor.kind == .free { freeCounts[zone] += 1 }
        let found = check.mappings[frame] ?? 0
        if frame != zeroFrame, Int(descriptor.mapCount) != found {
          check.found.append(.mapCount(frame: frame, counted: Int(descriptor.mapCount), found: found))
        }
        if found > Int(descriptor.referenceCount), frame != zeroFrame {
          check.found.append(
            .referenceCount(frame: frame, counted: Int(descriptor.referenceCount), least: found))
        }
        if descriptor.kind == .anonymous, descriptor.owner != 0 {
          let users = found + (swap.slots[frame] == nil ? 0 : 1)
          if users == 0 || users != Int(descriptor.referenceCount) {
            check.found.append(
              .strayPage(frame: frame, users: Int(descriptor.referenceCount), found: users))
          }
        }
        let isOthers = descriptor.owner != 0 && descriptor.level != 0
        if descriptor.kind == .pageTable, isOthers, !descriptor.flags.contains(.isTail),
          check.tableUsers[frame] == nil
        {
          check.found.append(.leakedTable(frame: frame, owner: descriptor.owner))
        }
      }
      if freeCounts[zone] != frames.zones[zone].freeCount {
        check.found.append(
          .freeCount(
            zone: "\(frames.zones[zone].kind)", counted: frames.zones[zone].freeCount,
            found: freeCounts[zone]))
      }
    }
    for (frame, users) in check.tableUsers.sorted(by: { $0.key < $1.key }) where Set(users).count > 1 {
      check.found.append(.sharedTable(frame: frame, spaces: Set(users).sorted()))
    }
  }

  // MARK: TLB

  /// What the loaded space's translations and the global ones say must be in the tables, unless a flush was
  /// put off or left out, and that is on record.
  private func checkTLB(_ cpu: Int, _ check: inout MachineCheck) {
    let tags = [cpus[cpu].tag, cpus[cpu].userTag]
    for entry in cpus[cpu].tlb.entries where entry.sizeBits != 0 {
      guard entry.isGlobal || tags.contains(entry.tag) else { continue }
      let address = entry.page &<< UInt64(entry.sizeBits)
      guard staleness(of: address, cpu: cpu) == nil else { continue }
      // With isolation there are two roots, and they differ in what they allow.
      let contradictions = [cpus[cpu].root, cpus[cpu].userRoot].map { contradiction(of: entry, root: $0) }
      if contradictions.allSatisfy({ $0 != nil }), let reason = contradictions[0] {
        check.found.append(.tlb(cpu: cpu, address: address, physical: entry.physical, reason: reason))
      }
    }
  }

  /// What the tables say against a translation, or nil.
  private func contradiction(of entry: TLB.Entry, root: PageTableRoot) -> String? {
    let address = VirtualAddress(entry.page &<< UInt64(entry.sizeBits))
    let walker = Walker(format: profile.format, root: root)
    guard let mapping = walker.translate(address, in: memory).mapping else { return "not mapped" }
    if mapping.physical.rawValue != entry.physical {
      return "mapped to \(String(mapping.physical.rawValue, radix: 16))"
    }
    return mapping.access.rawValue & entry.rights != entry.rights ? "the tables allow less" : nil
  }
}

/// What the parts of a check tell each other.
struct MachineCheck {
  var found: [Inconsistency] = []
  /// How many entries of processes map each frame.
  var mappings: [UInt64: Int] = [:]
  /// How many entries and pages of shared memory name each swap slot.
  var swapUsers: [SwapSlot: Int] = [:]
  /// The spaces whose user half reaches each table.
  var tableUsers: [UInt64: [UInt32]] = [:]
}
