import Foundation
import LinuxKernel
import MemoryImages
import PageTables
import Testing

/// What the guest's kernel said about itself before it was stopped: `parts/` of the guest's folder.
extension Guest {
  /// A part of what the guest printed, or nil if it did not print it.
  func printed(_ name: String) -> String? {
    try? String(contentsOf: folder.appending(path: "parts/\(name)"), encoding: .utf8)
  }

  /// The threads that lived when the guest stopped, by their number.
  func tasks() throws -> [Int: TaskTruth] {
    var groups: [Int: Int] = [:]
    for line in try #require(printed("tasks")).split(separator: "\n") {
      let fields = line.split(separator: " ", maxSplits: 2)
      guard fields.count >= 2, let tgid = Int(fields[0]), let pid = Int(fields[1]) else { continue }
      groups[pid] = tgid
    }
    var tasks: [Int: TaskTruth] = [:]
    for line in try #require(printed("stat"), "no stat: the guest is of an older recipe").split(
      separator: "\n")
    {
      // The shell that printed this is of no group: it was not there when the groups were printed.
      guard let task = TaskTruth(stat: line, groups: groups) else { continue }
      tasks[task.pid] = task
    }
    // The first idle thread is in no list of /proc. It is a kernel thread by its flag.
    tasks[0] = TaskTruth(
      pid: 0, tgid: 0, name: "swapper/0", state: "R", parent: 0, flags: TaskTruth.kernelThreadFlag)
    return tasks
  }

  /// The shell that printed all this: its own memory went on changing.
  func recorder() throws -> Int {
    let number = printed("recorder")?.trimmingCharacters(in: .whitespacesAndNewlines)
    return try #require(number.flatMap { Int($0) })
  }

  /// The processes whose areas were printed: those with memory, one number for each. Where the first thread
  /// has exited, it is the number of another one.
  func mappedProcesses() throws -> [Int] {
    let parts = folder.appending(path: "parts").path(percentEncoded: false)
    return try FileManager.default.contentsOfDirectory(atPath: parts)
      .compactMap { $0.hasPrefix("maps.") ? Int($0.dropFirst(5)) : nil }.sorted()
  }

  /// The areas of a process, as `/proc/PID/maps` has them.
  func areas(of pid: Int) throws -> [AreaTruth] {
    try #require(printed("maps.\(pid)")).split(separator: "\n").map { line in
      try #require(AreaTruth(line: line), "\(line)")
    }
  }

  /// The entries of `/proc/PID/pagemap` that are not zero, by address.
  func pagemap(of pid: Int) throws -> [UInt64: UInt64] {
    var pages: [UInt64: UInt64] = [:]
    let text = try #require(printed("pm.\(pid)"))
    for line in text.split(separator: "\n") where line.hasPrefix("PM ") {
      let fields = line.split(separator: " ").compactMap { $0.split(separator: "=").last }
      // PM pid= va= n= pagemap=
      let first = try #require(UInt64(fields[2].dropFirst(2), radix: 16))
      let count = try #require(UInt64(fields[3]))
      let entry = try #require(UInt64(fields[4].dropFirst(2), radix: 16))
      for page in 0..<count {
        // The frames count up where pages are present.
        pages[first + page * pageSizeBytes] = entry >> 63 == 1 ? entry + page : entry
      }
    }
    #expect(text.contains("PM_END"), "pm.\(pid) has no end")
    return pages
  }

  /// Processes that use the same memory without being threads: the probe makes three.
  func sharers() throws -> Set<Int> {
    let tasks = try tasks()
    let children = tasks.values.filter { ["probe-shares", "probe-vfork"].contains($0.name) }
    return Set(children.map(\.pid) + children.map(\.parent))
  }

  /// The address of a symbol, by /proc/kallsyms; nil if there is none of that name.
  func symbol(_ name: String) throws -> UInt64? {
    let text = Array(try #require(printed("kallsyms")).utf8)
    let wanted = Array(" \(name)\n".utf8)
    var end = text.startIndex
    while let newline = text[end...].firstIndex(of: UInt8(ascii: "\n")) {
      let line = text[end...newline]
      end = newline + 1
      guard line.count > wanted.count, line.suffix(wanted.count).elementsEqual(wanted) else { continue }
      let address = String(decoding: line.prefix { $0 != UInt8(ascii: " ") }, as: UTF8.self)
      if let address = UInt64(address, radix: 16) { return address }
    }
    return nil
  }

  /// A value of the kernel's configuration, such as `0x1000000`.
  func setting(_ name: String) throws -> String? {
    let text = try String(contentsOf: folder.appending(path: "config"), encoding: .utf8)
    return text.split(separator: "\n").first { $0.hasPrefix("CONFIG_\(name)=") }.map {
      String($0.drop { $0 != "=" }.dropFirst())
    }
  }

  /// How far the kernel's text was moved from where it was linked (KASLR); nil where neither the kernel nor
  /// its configuration says where that was.
  func textSlide() throws -> UInt64? {
    if let offset = try vmcoreinfo()["KERNELOFFSET"] { return UInt64(offset, radix: 16) }
    guard truth.architecture == "x86",
      let split = try setting("PAGE_OFFSET").flatMap(Self.hexadecimal),
      let start = try setting("PHYSICAL_START").flatMap(Self.hexadecimal),
      let text = try symbol("_text") ?? symbol("_stext")
    else { return nil }
    return text - split - start
  }

  /// The lines of the kernel's VMCOREINFO, from the place in memory that the kernel named.
  func vmcoreinfo() throws -> [String: String] {
    let fields = try #require(printed("vmcoreinfo")).split { $0.isWhitespace }
    guard let address = fields.first.map(String.init).flatMap(Self.hexadecimal) else { return [:] }
    let memory = KernelMemory(try openImage(self, "raw"), ranges: [])
    guard let bytes = memory.bytes(at: PhysicalAddress(address), count: 4096) else { return [:] }
    let text = String(decoding: bytes, as: UTF8.self)
    guard let start = text.range(of: "OSRELEASE=")?.lowerBound else { return [:] }
    let pairs = text[start...].prefix { $0 != "\0" }.split(separator: "\n").map {
      $0.split(separator: "=", maxSplits: 1)
    }
    return Dictionary(
      pairs.filter { $0.count == 2 }.map { (String($0[0]), String($0[1])) }, uniquingKeysWith: { $1 })
  }

  /// The modules: name, size, first address.
  func modules() throws -> [(name: String, sizeBytes: UInt64, address: UInt64)] {
    try #require(printed("modules")).split(separator: "\n").compactMap { line in
      let fields = line.split(separator: " ")
      guard fields.count >= 6, let size = UInt64(fields[1]), let address = Self.hexadecimal(String(fields[5]))
      else { return nil }
      return (String(fields[0]), size, address)
    }
  }

  private static func hexadecimal(_ text: String) -> UInt64? {
    text.hasPrefix("0x") ? UInt64(text.dropFirst(2), radix: 16) : nil
  }
}
