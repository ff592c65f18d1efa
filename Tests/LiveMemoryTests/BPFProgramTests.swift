import Testing

@testable import LiveMemory

@Suite("the BPF program")
struct BPFProgramTests {
  /// `opcode, dst | src << 4, s16 offset, s32 immediate`, little-endian.
  private struct Instruction {
    let code: UInt8
    let destination: UInt8
    let source: UInt8
    let offset: Int16
    let immediate: Int32

    init(_ word: UInt64) {
      code = UInt8(truncatingIfNeeded: word)
      destination = UInt8(word >> 8 & 15)
      source = UInt8(word >> 12 & 15)
      offset = Int16(bitPattern: UInt16(word >> 16 & 0xffff))
      immediate = Int32(bitPattern: UInt32(word >> 32))
    }
  }

  /// Runs the program on a map's value; helpers answer what the closure says. Nil if it leaves the rails.
  private func run(
    _ value: inout [UInt64: UInt64], task: UInt64,
    read: (_ to: UInt64, _ count: UInt64, _ from: UInt64) -> UInt64
  ) -> Bool {
    let base: UInt64 = 0x1_0000_0000
    let program = BPFProgram.instructions(map: 9).map(Instruction.init)
    var registers = [UInt64](repeating: 0, count: 10)
    var place = 0
    var count = 0
    while program.indices.contains(place), count < 100 {
      let step = program[place]
      let (to, from) = (Int(step.destination), Int(step.source))
      let number = UInt64(bitPattern: Int64(step.immediate))
      place += 1
      count += 1
      switch step.code {
      case 0x18:
        guard from == 2, step.immediate == 9 else { return false }
        registers[to] = base
        place += 1
      case 0x85:
        registers[0] =
          number == 35 ? task : number == 113 ? read(registers[1] - base, registers[2], registers[3]) : 0
        for scratch in 1...5 { registers[scratch] = 0 }
      case 0x7b: value[registers[to] - base + UInt64(step.offset)] = registers[from]
      case 0x79: registers[to] = value[registers[from] - base + UInt64(step.offset)] ?? 0
      case 0x25: if registers[to] > number { place += Int(step.offset) }
      case 0xbf: registers[to] = registers[from]
      case 0xb7: registers[to] = number
      case 0x07: registers[to] &+= number
      case 0x95: return registers[0] == 0 && place == program.count
      default: return false
      }
    }
    return false
  }

  @Test("it reads what was asked for, where the data goes, and notes status and task")
  func reading() {
    var value: [UInt64: UInt64] = [0: 0xffff_8880_0000_1000, 8: 64]
    var asked: [UInt64] = []
    let isSound = run(&value, task: 0xffff_8881_0000_0000) { to, count, from in
      asked = [to, count, from]
      return UInt64(bitPattern: -14)
    }
    #expect(isSound)
    #expect(asked == [4096, 64, 0xffff_8880_0000_1000])
    #expect(value[UInt64(BPFProgram.statusOffset)] == UInt64(bitPattern: -14))
    #expect(value[UInt64(BPFProgram.taskOffset)] == 0xffff_8881_0000_0000)
  }

  @Test("a length that does not fit is not read, and the status stays")
  func tooLong() {
    var value: [UInt64: UInt64] = [0: 0xffff_8880_0000_1000, 8: UInt64(BPFProgram.chunkBytes) + 1, 16: 1]
    var isRead = false
    let isSound = run(&value, task: 0) { _, _, _ in
      isRead = true
      return 0
    }
    #expect(isSound && !isRead && value[16] == 1)
  }
}
