import CLiveMemory
internal import Glibc
import PageTables

/// One loaded program with its map, for one thread at a time.
@safe
final class BPFChannel: @unchecked Sendable {
  // Sound to hand from thread to thread: whoever has taken it out of the pool is its only user.
  private let value: UnsafeMutableRawPointer
  private let map: Int32
  private let program: Int32
  /// How the kernel runs the program.
  let kind: String

  init() throws(RungRefusal) {
    map = pagewalk_bpf_create_map(UInt32(BPFProgram.valueBytes))
    guard map >= 0 else { throw Self.refusal("a map could not be made", errno) }
    guard let mapped = unsafe mmap(nil, BPFProgram.valueBytes, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0),
      unsafe mapped != MAP_FAILED
    else {
      let number = errno
      close(map)
      throw RungRefusal(.failed, "the BPF map could not be mapped: \(systemMessage(number))")
    }
    unsafe value = mapped
    do throws(RungRefusal) {
      (program, kind) = try Self.load(map: map)
    } catch {
      unsafe munmap(mapped, BPFProgram.valueBytes)
      close(map)
      throw error
    }
  }

  deinit {
    close(program)
    unsafe munmap(value, BPFProgram.valueBytes)
    close(map)
  }

  /// Loads the program as the first type that the kernel takes.
  private static func load(map: Int32) throws(RungRefusal) -> (program: Int32, kind: String) {
    let instructions = BPFProgram.instructions(map: map)
    for kind in BPFProgram.kinds {
      let program = unsafe pagewalk_bpf_load(
        kind.type, kind.flags, instructions, UInt32(instructions.count), nil, 0)
      if program >= 0 { return (program, kind.name) }
    }
    // Once more, for the words of the verifier.
    let last = BPFProgram.kinds[BPFProgram.kinds.count - 1]
    var log = [CChar](repeating: 0, count: 16 << 10)
    let program = unsafe pagewalk_bpf_load(
      last.type, last.flags, instructions, UInt32(instructions.count), &log, UInt32(log.count))
    let number = errno
    if program >= 0 { return (program, last.name) }
    let words = String(decoding: log.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    // What the verifier says under lockdown differs from version to version.
    let isLockedDown = Lockdown.current == .confidentiality
    if isLockedDown || words.contains("bpf_probe_read_kernel") {
      throw isLockedDown
        ? Lockdown.refusal("the verifier forbids reading the kernel's memory", needs: "CAP_PERFMON")
        : RungRefusal(
          .lockdown,
          "the verifier refuses bpf_probe_read_kernel: the kernel is locked down, or older than 5.5")
    }
    throw refusal("the program was not loaded", number, words)
  }

  private static func refusal(_ what: String, _ number: Int32, _ words: String = "") -> RungRefusal {
    let said = words.split(separator: "\n").last { !$0.hasPrefix("processed ") }.map { " (\($0))" } ?? ""
    let sentence = "bpf(2): \(what): \(systemMessage(number))\(said)"
    switch number {
    case ENOSYS: return RungRefusal(.notConfigured, sentence + "; the kernel has no CONFIG_BPF_SYSCALL")
    case EPERM, EACCES:
      return RungRefusal(
        .permission, sentence + "; CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN, are needed: run it as root")
    default: return RungRefusal(.failed, sentence)
    }
  }

  /// Runs the program once: reads `count` bytes, at most a chunk, of the kernel's memory, and lends them.
  ///
  /// An address of user space is refused before the kernel sees it: processors that do not keep the kernel from
  /// it would read this process's own memory.
  func withBytes<Answer>(
    atKernelAddress address: UInt64, count: Int, _ body: (RawSpan) -> Answer
  ) throws(MemoryFault) -> Answer {
    guard address >> 63 == 1, count > 0, count <= BPFProgram.chunkBytes,
      !address.addingReportingOverflow(UInt64(count)).overflow
    else { throw .unreadable }
    // Sound: all offsets are inside the mapping of `valueBytes`, and nobody else uses this channel.
    unsafe value.storeBytes(of: address, toByteOffset: BPFProgram.addressOffset, as: UInt64.self)
    unsafe value.storeBytes(of: UInt64(count), toByteOffset: BPFProgram.lengthOffset, as: UInt64.self)
    unsafe value.storeBytes(of: 1, toByteOffset: BPFProgram.statusOffset, as: Int64.self)
    guard pagewalk_bpf_run(program) == 0,
      unsafe value.load(fromByteOffset: BPFProgram.statusOffset, as: Int64.self) == 0
    else { throw .unreadable }
    let data = unsafe UnsafeRawBufferPointer(start: value + BPFProgram.dataOffset, count: count)
    return body(unsafe data.bytes)
  }

  /// This thread's `task_struct`, as the kernel tells it; nil if the program does not run.
  func currentTask() -> UInt64? {
    // A length of zero reads nothing; the task is noted before.
    unsafe value.storeBytes(of: 0, toByteOffset: BPFProgram.lengthOffset, as: UInt64.self)
    unsafe value.storeBytes(of: 0, toByteOffset: BPFProgram.taskOffset, as: UInt64.self)
    guard pagewalk_bpf_run(program) == 0 else { return nil }
    let task = unsafe value.load(fromByteOffset: BPFProgram.taskOffset, as: UInt64.self)
    return task >> 63 == 1 ? task : nil
  }
}
