import PageTableEditing
import PageTables

func mapAndProtect() throws -> [String] {
  var memory = try SparseMemory(byteCount: 1 << 20)
  var frames = SequentialFrames(from: PhysicalAddress(0), byteCount: 1 << 20)
  let editor = try PageTableEditor(makingRootsFor: EditingFormat(.x86_64), in: &memory, frames: &frames)
  let address = VirtualAddress(0x7f00_0000_0000)
  try editor.map(
    address, to: PhysicalAddress(0x1234_5000), sizeBits: 12, access: .all, in: &memory, frames: &frames)
  var answers = [describe(editor.walker.translate(address, in: memory))]
  try editor.protect(address, byteCount: 4096, access: [.kernelRead, .userRead], in: &memory)
  answers.append(describe(editor.walker.translate(address, in: memory)))
  return answers
}

private func describe(_ answer: Translation) -> String {
  let entry = answer.steps.elements.last.map { String($0.entry, radix: 16) } ?? "none"
  return "entry \(entry), user may write: \(answer.mapping?.access.contains(.userWrite) ?? false)"
}
// Returns "entry 12345067, user may write: true" and "entry 8000000012345065, user may write: false".
