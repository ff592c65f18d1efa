public import PageTables

// What the core's values are called, in the JSON contract and in sentences.

extension Access {
  /// `rwxu`: who may, over all modes; `u` if user mode may reach it at all.
  public var letters: String {
    (intersects(.read) ? "r" : "") + (intersects(.write) ? "w" : "") + (intersects(.execute) ? "x" : "")
      + (intersects(.user) ? "u" : "")
  }

  /// The same in fixed columns, kernel and user apart: `rw- r--`.
  public var columns: String {
    func triple(_ read: Access, _ write: Access, _ execute: Access) -> String {
      (contains(read) ? "r" : "-") + (contains(write) ? "w" : "-") + (contains(execute) ? "x" : "-")
    }
    return triple(.kernelRead, .kernelWrite, .kernelExecute) + " "
      + triple(.userRead, .userWrite, .userExecute)
  }
}

extension MemoryFault {
  /// The reason in the JSON contract.
  public var contractName: String {
    switch self {
    case .outsideRAM: "outside-ram"
    case .excluded: "excluded"
    case .truncated: "truncated"
    case .corrupt, .unreadable: "unreadable"
    }
  }

  /// The end of a sentence that begins with what could not be read.
  public var sentence: String {
    switch self {
    case .outsideRAM: "is outside RAM: a device, a stale entry, or memory that the source does not have"
    case .excluded: "was left out of the image when it was made; its content is unknown"
    case .truncated: "is beyond the end of the file: the image is truncated"
    case .corrupt: "is in the image but does not decompress"
    case .unreadable: "could not be read"
    }
  }
}

extension NotPresentState.Kind {
  /// The reason in the JSON contract; states without a word of their own there are `absent`.
  public var contractName: String {
    switch self {
    case .none, .unknown, .device, .marker, .old: "absent"
    case .swap: "swap"
    case .migration: "migration"
    case .protectionNone: "protection-none"
    case .guard: "guard"
    case .hardwarePoison: "hardware-poison"
    }
  }
}

extension NotPresentState {
  /// What Linux means, for a person. `pageSizeBits` turns a frame number into an address.
  public func sentence(pageSizeBits: UInt8) -> String {
    let frame = hexadecimal(offset &<< UInt64(pageSizeBits))
    return switch kind {
    case .none: "the entry is empty: nothing is mapped here"
    case .swap: "the page is in swap area \(type), slot \(hexadecimal(offset))"
    case .migration: "the page at \(frame) is being moved to another frame"
    case .protectionNone:
      "the page is in memory at \(frame), but no access is allowed (PROT_NONE or a NUMA hint)"
    case .old:
      "the page is in memory at \(frame), but old: the next access makes it valid"
    case .guard: "a guard marker: any access is answered with a signal"
    case .hardwarePoison: "the page was poisoned: its memory is broken, or marked so"
    case .device: "the page is in a device's memory, frame \(hexadecimal(offset))"
    case .marker: "a marker of userfaultfd (bits \(hexadecimal(offset))): no page"
    case .unknown: "not present, and no state that this kernel era knows"
    }
  }
}

extension StopReason {
  /// The `reason` of the JSON contract.
  public var contractName: String {
    switch self {
    case .nonCanonical: "non-canonical"
    case .notPresent(let state): state.kind.contractName
    case .invalidEntry, .reservedBits: "reserved-bits"
    case .unreadable(let fault): fault.contractName
    case .loop: "loop"
    case .limit: "unreadable"
    }
  }

  /// The `outcome` of the JSON contract.
  public var contractOutcome: String {
    switch self {
    case .nonCanonical, .notPresent: "not-mapped"
    case .invalidEntry, .reservedBits, .loop: "invalid"
    case .unreadable, .limit: "unreadable"
    }
  }
}

extension Level {
  /// The names of the levels that are folded into this one; nil if there are none.
  var folded: [String]? {
    let names = "\(foldedNames)".split(separator: " ").map(String.init)
    return names.isEmpty ? nil : names
  }
}

extension FieldTable {
  /// The names of the fields that `entry` sets; wider fields as `name=value`.
  public func names(in entry: UInt64) -> [String] {
    fields.elements.compactMap { field in
      let value = field.value(in: entry)
      guard value != 0 else { return nil }
      return field.bitCount == 1 ? "\(field.name)" : "\(field.name)=\(hexadecimal(value))"
    }
  }
}
