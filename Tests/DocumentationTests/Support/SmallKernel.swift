import PageTables
import Testing

@testable import LinuxKernel
@testable import Views

/// The lab, as if a kernel with one task had been found in it.
enum SmallKernel {
  static func found() throws -> (Kernel, Source) {
    let source = try SourceRequest(name: "lab").open()
    let space = try #require(source.spaces.first)
    let process = try #require(space.process)
    let linear = try #require(source.linearMap)
    let offset = linear.virtual.rawValue &- linear.physical.rawValue
    let evidence = Evidence(.user, "the lab")
    var kernel = Kernel(
      memory: KernelMemory(source.memory, ranges: source.ram), scan: MemoryScan(),
      pointers: KernelPointers(
        wordByteCount: 4, directMapOffset: offset & 0xffff_ffff, imageOffset: offset & 0xffff_ffff,
        image: linear.virtual.rawValue...0xffff_ffff),
      format: space.format, formatFact: Fact("\(space.format.name)", evidence),
      directMapOffset: Fact(offset, evidence), imageOffset: Fact(offset, evidence),
      layout: StructureLayout(), isTaskListWhole: true)
    kernel.tasks = [
      Task(
        pid: process.pid, tgid: process.pid, command: process.command, address: linear.virtual,
        physical: linear.physical, kind: .process, root: space.root)
    ]
    return (kernel, source)
  }
}
