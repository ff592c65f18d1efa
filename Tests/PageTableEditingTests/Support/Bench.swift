import PageTableEditing
import PageTables

/// A machine to edit in: RAM, frames all over it, and an editor with new roots.
final class Bench {
  var memory: SparseMemory
  var frames: ScatteredFrames
  let editor: PageTableEditor

  init(_ format: EditingFormat, seed: UInt64 = 1, megabytes: UInt64 = 64) throws {
    memory = try SparseMemory(byteCount: megabytes << 20)
    // Not from 0: not every format can have a table there.
    frames = ScatteredFrames(
      from: PhysicalAddress(1 << 16), byteCount: megabytes << 20 - 1 << 16, seed: seed)
    editor = try PageTableEditor(makingRootsFor: format, in: &memory, frames: &frames)
  }

  func mapping(at address: UInt64) -> Translation.Mapping? {
    editor.walker.translate(VirtualAddress(address), in: memory).mapping
  }

  func stop(at address: UInt64) -> StopReason? {
    if case .stopped(let reason) = editor.walker.translate(VirtualAddress(address), in: memory).outcome {
      return reason
    }
    return nil
  }

  func map(
    _ address: UInt64, to target: UInt64, sizeBits: UInt8, access: Access,
    attributes: EntryAttributes = .standard
  ) throws(EditError) {
    try editor.map(
      VirtualAddress(address), to: PhysicalAddress(target), sizeBits: sizeBits, access: access,
      attributes: attributes, in: &memory, frames: &frames)
  }

  func unmap(_ address: UInt64, byteCount: UInt64) throws(EditError) {
    try editor.unmap(VirtualAddress(address), byteCount: byteCount, in: &memory)
  }

  func split(at address: UInt64) throws(EditError) {
    try editor.split(at: VirtualAddress(address), in: &memory, frames: &frames)
  }
}
