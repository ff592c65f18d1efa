internal import PageTables

extension EditError: CustomStringConvertible {
  /// What was wrong, where, and what to try.
  public var description: String {
    var text = problem.description
    if let address { text += " (address \(hexadecimal(address.rawValue))" }
    if let place {
      text += address == nil ? " (" : ", "
      text += "level \(place.depth), table \(hexadecimal(place.table.rawValue)), index \(place.index)"
      text += ", entry \(hexadecimal(place.entry))"
    }
    if address != nil || place != nil { text += ")" }
    return text
  }
}

extension EditError.Problem: CustomStringConvertible {
  public var description: String {
    switch self {
    case .nonCanonical: "not a canonical address of this format"
    case .misalignedAddress(let bits): "the address is not a multiple of \(bytes(bits))"
    case .misalignedTarget(let target, let bits):
      "the physical address \(hexadecimal(target.rawValue)) is not a multiple of \(bytes(bits))"
    case .misalignedLength(let count):
      "the length \(hexadecimal(count)) is not a positive multiple of the page size"
    case .noSuchLeafSize(let bits, let available):
      "no page of \(bytes(bits)) here; there are "
        + (0..<64).filter { available >> UInt64($0) & 1 == 1 }.map { bytes(UInt8($0)) }
        .joined(separator: ", ")
    case .alreadyMapped: "already mapped; unmap it first"
    case .leafInTheWay(let bits): "a page of \(bytes(bits)) is where a table must be; split or unmap it first"
    case .tableInTheWay: "a table is where the page must be; unmap its range and free it first"
    case .partOfLeaf(let address, let bits):
      "the range ends inside the page of \(bytes(bits)) at \(hexadecimal(address.rawValue)); split it first"
    case .notSplittable(let bits): "a page of \(bytes(bits)) cannot be split: no smaller one fits"
    case .notMapped: "not mapped"
    case .noTable: "no table at this level; map something near first"
    case .invalidEntry: "the entry's encoding is reserved"
    case .reservedBits(let mask): "reserved bits \(hexadecimal(mask)) are set in the entry"
    case .accessNotExpressible(let access, let bits, let nearest):
      "a page of \(bytes(bits)) cannot give exactly \(rights(access)); nearest is \(rights(nearest))"
    case .targetTooLarge(let target, let excess):
      "an entry cannot hold the bits \(hexadecimal(excess)) of \(hexadecimal(target.rawValue))"
    case .stateNotExpressible(let state):
      "no entry of this format and kernel era says \(state.kind), type \(state.type), offset \(state.offset)"
    case .unknownField(let name): "no entry has a field named \(name)"
    case .fieldNotFree(let name, let value):
      "the field \(name) cannot be set to \(value): it decides rights or kind, or is too narrow"
    case .outOfFrames(let bits): "no frame of \(bytes(bits)) left for a table"
    case .unusableFrame(let frame, let bits):
      "the frame \(hexadecimal(frame.rawValue)) of \(bytes(bits)) cannot hold a table of this format"
    case .memory(let address, let fault): "memory at \(hexadecimal(address.rawValue)): \(fault)"
    }
  }
}

private func hexadecimal(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }

private func bytes(_ sizeBits: UInt8) -> String {
  let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
  guard sizeBits < 64 else { return "2^\(sizeBits) B" }
  return "\(1 << Int(sizeBits % 10)) \(units[Int(sizeBits / 10)])"
}

/// `kernel rw-, user r--`.
private func rights(_ access: Access) -> String {
  func letters(_ bits: UInt8) -> String {
    (bits & 1 != 0 ? "r" : "-") + (bits & 2 != 0 ? "w" : "-") + (bits & 4 != 0 ? "x" : "-")
  }
  return "kernel \(letters(access.rawValue)), user \(letters(access.rawValue >> 3))"
}
