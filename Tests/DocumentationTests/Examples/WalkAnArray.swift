import PageTables

func walkAnArray() -> String {
  var memory = ArrayMemory(bytes: [UInt8](repeating: 0, count: 0x2000))
  memory.bytes[1] = 0x10  // 0x1007: a table, writable, user
  memory.bytes[0] = 0x07
  memory.bytes[0x100d] = 0x50  // 0x5005: present, user
  memory.bytes[0x100c] = 0x05
  let walker = Walker(format: PagingFormat.x86, root: PageTableRoot(PhysicalAddress(0)))
  let answer = walker.translate(VirtualAddress(0x3042), in: memory)
  guard let page = answer.mapping else { return "not mapped" }
  return "\(page.physical.rawValue), user may write: \(page.access.contains(.userWrite))"
}
// Returns "20546, user may write: false"; 20546 is 0x5042.
