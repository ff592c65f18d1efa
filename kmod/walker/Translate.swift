public import PagewalkKernel

/// Walks `walk.address` from `walk.root`, and fills what the walk tells.
// swift-format-ignore: AlwaysUseLowerCamelCase
@c public func pagewalk_translate(
  _ kernel: UnsafePointer<pagewalk_kernel>, _ walk: UnsafeMutablePointer<pagewalk_walk>,
  _ steps: UnsafeMutablePointer<pagewalk_step>
) {
  let format = KernelFormat(kernel)
  let walker = Walker(format: format, root: format.roots(of: PhysicalAddress(walk.pointee.root)))
  let memory = KernelMemory()
  let address = VirtualAddress(walk.pointee.address)
  walk.pointee.step_count = 0
  walk.pointee.physical = 0
  walk.pointee.page_shift = 0
  walk.pointee.access = 0
  walk.pointee.state = UInt32(PAGEWALK_STATE_NONE)
  walk.pointee.state_type = 0
  walk.pointee.state_offset = 0
  guard var position = walker.begin(address) else {
    walk.pointee.outcome = UInt32(PAGEWALK_NON_CANONICAL)
    return
  }
  guard position.table != KernelFormat.noRoot else {
    walk.pointee.outcome = UInt32(PAGEWALK_NOT_PRESENT)
    return
  }
  walk.pointee.root = position.table.rawValue
  while walk.pointee.step_count < UInt32(PAGEWALK_MAX_STEPS) {
    let step = walker.step(&position, in: memory)
    let row = steps + Int(truncatingIfNeeded: walk.pointee.step_count)
    row.pointee = pagewalk_step(step)
    if let name = walker.format.levelTable(step.depth)?.pointee.name { row.setName(name) }
    walk.pointee.step_count &+= 1
    let software = walker.softwareEntry(of: step, address: address, in: memory)
    if let software {
      row.pointee.flags |= UInt32(PAGEWALK_STEP_LINUX_ENTRY)
      row.pointee.linux_entry_address = software.entryAddress.rawValue
      row.pointee.linux_entry = software.entry
    }
    switch step.outcome {
    case .table: continue
    case .leaf(let physical, let sizeBits):
      walk.pointee.outcome = UInt32(PAGEWALK_MAPPED)
      walk.pointee.physical = physical.rawValue
      walk.pointee.page_shift = UInt32(sizeBits)
      walk.pointee.access = UInt32(step.effectiveAccess.rawValue)
    case .stopped(let reason): walk.stop(reason, software, pageSizeBits: walker.format.pageSizeBits)
    }
    return
  }
  walk.pointee.outcome = UInt32(PAGEWALK_INVALID_ENTRY)
}

extension UnsafeMutablePointer<pagewalk_walk> {
  /// Notes why the walk ended, by Linux's own entry where there is one.
  func stop(_ reason: StopReason, _ software: SoftwareStep?, pageSizeBits: UInt8) {
    switch reason {
    case .notPresent(var state):
      pointee.outcome = UInt32(PAGEWALK_NOT_PRESENT)
      switch software?.state {
      case .present(let physical, _):
        state = NotPresentState(.old, offset: physical.rawValue &>> UInt64(pageSizeBits))
      case .notPresent(let known): state = known
      case .unreadable, nil: break
      }
      pointee.state = state.kind.number
      pointee.state_type = state.type
      pointee.state_offset = state.offset
      if state.kind == .old || state.kind == .protectionNone {
        let offsetMask: UInt64 = (1 &<< UInt64(pageSizeBits)) &- 1
        pointee.physical = state.offset &<< UInt64(pageSizeBits) | pointee.address & offsetMask
      }
    case .nonCanonical: pointee.outcome = UInt32(PAGEWALK_NON_CANONICAL)
    case .reservedBits(let bits):
      pointee.outcome = UInt32(PAGEWALK_RESERVED_BITS)
      pointee.state_offset = bits
    case .unreadable: pointee.outcome = UInt32(PAGEWALK_TABLE_UNREADABLE)
    case .invalidEntry, .loop, .limit: pointee.outcome = UInt32(PAGEWALK_INVALID_ENTRY)
    }
  }
}

extension pagewalk_step {
  init(_ step: Step) {
    self.init()
    table = step.table.rawValue
    entry_address = step.entryAddress.rawValue
    entry = step.entry
    index = UInt32(truncatingIfNeeded: step.index)
    depth = UInt8(truncatingIfNeeded: step.depth)
    access = step.access.rawValue
    switch step.outcome {
    case .table(let table):
      meaning = UInt8(PAGEWALK_TABLE)
      next = table.rawValue
    case .leaf(let physical, let sizeBits):
      meaning = UInt8(PAGEWALK_LEAF)
      next = physical.rawValue & ~((1 &<< UInt64(sizeBits)) &- 1)
      page_shift = sizeBits
    case .stopped(.notPresent): meaning = UInt8(PAGEWALK_ABSENT)
    case .stopped(.unreadable): meaning = UInt8(PAGEWALK_UNREADABLE)
    case .stopped: meaning = UInt8(PAGEWALK_INVALID)
    }
  }
}

extension UnsafeMutablePointer<pagewalk_step> {
  /// Copies a level's name, of which Linux has none longer than four letters.
  func setName(_ name: UnsafePointer<CChar>) {
    withUnsafeMutableBytes(of: &pointee.name) { bytes in
      var index = 0
      while index < 7, (name + index).pointee != 0 {
        bytes.baseAddress?.storeBytes(of: (name + index).pointee, toByteOffset: index, as: CChar.self)
        index &+= 1
      }
    }
  }
}

extension NotPresentState.Kind {
  /// The number of `PAGEWALK_STATE_...`.
  var number: UInt32 {
    switch self {
    case .none: UInt32(PAGEWALK_STATE_NONE)
    case .swap: UInt32(PAGEWALK_STATE_SWAP)
    case .migration: UInt32(PAGEWALK_STATE_MIGRATION)
    case .protectionNone: UInt32(PAGEWALK_STATE_PROTECTION_NONE)
    case .old: UInt32(PAGEWALK_STATE_OLD)
    case .guard: UInt32(PAGEWALK_STATE_GUARD)
    case .hardwarePoison: UInt32(PAGEWALK_STATE_POISON)
    case .device: UInt32(PAGEWALK_STATE_DEVICE)
    case .marker: UInt32(PAGEWALK_STATE_MARKER)
    case .unknown: UInt32(PAGEWALK_STATE_UNKNOWN)
    }
  }
}
