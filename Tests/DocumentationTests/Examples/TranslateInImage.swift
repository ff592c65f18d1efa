import MemoryImages
import PageTables

func translate(_ address: UInt64, root: UInt64, inImageAt path: String) throws -> String {
  let image = try MemoryImage.open(path: path)
  let walker = Walker(format: PagingFormat.x86_64, root: PageTableRoot(PhysicalAddress(root)))
  switch walker.translate(VirtualAddress(address), in: image).outcome {
  case .mapped(let page):
    let isWritable = page.access.contains(.userWrite)
    return "physical \(page.physical.rawValue), \(1 << Int(page.pageSizeBits)) bytes, writable: \(isWritable)"
  case .stopped(.notPresent(let state)):
    return "not mapped: \(state.kind)"
  case .stopped(let reason):
    return "no answer: \(reason)"
  }
}
