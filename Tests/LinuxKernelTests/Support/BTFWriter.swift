/// Writes BTF type by type. Types are numbered from 1 in the order in which they are added.
struct BTFWriter {
  /// A structure's member; a size makes it a bit-field.
  struct Member {
    var name: String
    var type: UInt32
    var bit: UInt32
    var bits: UInt32 = 0
  }

  private(set) var types: [UInt8] = []
  private(set) var strings: [UInt8] = [0]
  private(set) var count: UInt32 = 0

  mutating func string(_ text: String) -> UInt32 {
    if text.isEmpty { return 0 }
    defer { strings += Array(text.utf8) + [0] }
    return UInt32(strings.count)
  }

  /// Adds a type with whatever words its kind has behind the first three.
  mutating func add(
    _ kind: UInt32, _ name: String = "", count members: Int = 0, flag: Bool = false, third: UInt32 = 0,
    rest: [UInt32] = []
  ) -> UInt32 {
    let info = kind << 24 | UInt32(members) | (flag ? 1 << 31 : 0)
    for word in [string(name), info, third] + rest { types += Self.bytes(word) }
    count += 1
    return count
  }

  mutating func structure(_ name: String, size: UInt32, kind: UInt32 = 4, _ members: [Member]) -> UInt32 {
    let isFlagged = members.contains { $0.bits > 0 }
    let rest = members.flatMap { member in
      [string(member.name), member.type, isFlagged ? member.bits << 24 | member.bit : member.bit]
    }
    return add(kind, name, count: members.count, flag: isFlagged, third: size, rest: rest)
  }

  static func bytes(_ word: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }

  var bytes: [UInt8] {
    let words = [24, 0, UInt32(types.count), UInt32(types.count), UInt32(strings.count)]
    return [0x9f, 0xeb, 1, 0] + words.flatMap(Self.bytes) + types + strings
  }

  /// A kernel's types in small: every kind, and enough of them to be no module's.
  static func kernel(fillers: Int = 0) -> BTFWriter {
    var writer = BTFWriter()
    let int = writer.add(1, "int", third: 4, rest: [1 << 24 | 32])
    let long = writer.add(1, "long unsigned int", third: 8, rest: [64])
    let pointer = writer.add(2, third: 0)
    let tag = writer.add(18, "user", third: int)
    let constant = writer.add(10, third: tag)
    let pid = writer.add(8, "pid_t", third: constant)
    let array = writer.add(3, rest: [int, int, 4])
    let matrix = writer.add(3, rest: [array, int, 3])
    let inner = writer.structure(
      "", size: 8, [.init(name: "low", type: int, bit: 0), .init(name: "high", type: int, bit: 32)])
    let union = writer.structure(
      "", size: 8, kind: 5, [.init(name: "whole", type: long, bit: 0), .init(name: "", type: inner, bit: 0)])
    let list = writer.structure(
      "list_head", size: 16,
      [.init(name: "next", type: pointer, bit: 0), .init(name: "prev", type: pointer, bit: 64)])
    _ = writer.structure(
      "task_struct", size: 128,
      [
        .init(name: "pid", type: pid, bit: 0), .init(name: "flag", type: int, bit: 33, bits: 1),
        .init(name: "", type: union, bit: 64), .init(name: "tasks", type: list, bit: 128),
        .init(name: "matrix", type: matrix, bit: 256), .init(name: "mm", type: pointer, bit: 640),
      ])
    _ = writer.add(
      6, "colour", count: 2, flag: true, third: 4,
      rest: [writer.string("RED"), .max, writer.string("GREEN"), 7])
    _ = writer.add(19, "wide", count: 1, third: 8, rest: [writer.string("HUGE"), 5, 1])
    let old = writer.add(1, "old_bits", third: 4, rest: [3])
    _ = writer.structure("old_flags", size: 4, [.init(name: "three", type: old, bit: 2)])
    let prototype = writer.add(13, count: 1, third: int, rest: [writer.string("argument"), long])
    let function = writer.add(12, "call", third: prototype)
    _ = writer.add(17, "note", third: function, rest: [.max])
    let variable = writer.add(14, "jiffies", third: long, rest: [1])
    _ = writer.add(15, ".data", count: 1, third: 8, rest: [variable, 0, 8])
    for kind in [9, 11] as [UInt32] { _ = writer.add(kind, third: int) }
    _ = writer.add(7, "unknown")
    _ = writer.add(16, "double", third: 8)
    for index in 0..<fillers {
      _ = writer.structure("filler_\(index)", size: 4, [.init(name: "a", type: int, bit: 0)])
    }
    return writer
  }
}
