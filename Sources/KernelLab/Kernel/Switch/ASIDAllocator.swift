/// Gives address spaces numbers that TLBs tell them apart by, with a generation: when all are given, the next
/// generation begins and every TLB is flushed.
///
/// Source: `arch/arm/mm/context.c` of 6.1 (`new_context`, `flush_context`); AArch64 and RISC-V have the same.
/// Number 0 is never given: with 8 bits there are 255.
struct ASIDAllocator: Sendable {
  let tagBits: UInt64
  private(set) var generation: UInt64
  private var taken: [UInt64]
  private var cursor: UInt64 = 1
  private(set) var rolloverCount = 0

  init(tagBits: Int) {
    self.tagBits = UInt64(max(1, min(tagBits, 16)))
    generation = 1 << self.tagBits
    taken = [UInt64](repeating: 0, count: max(1, (1 << Int(self.tagBits)) >> 6))
  }

  var asidCount: UInt64 { 1 << tagBits }
  var asidMask: UInt64 { asidCount &- 1 }

  func isCurrent(_ contextID: UInt64) -> Bool { (contextID ^ generation) >> tagBits == 0 }

  private func isTaken(_ asid: UInt64) -> Bool { taken[Int(asid >> 6)] & (1 << (asid & 63)) != 0 }
  private mutating func take(_ asid: UInt64) { taken[Int(asid >> 6)] |= 1 << (asid & 63) }

  /// A number of the current generation for a space whose number is `old`; beginning a new generation, it
  /// changes what the CPUs have.
  mutating func next(for old: UInt64, contexts: inout [CPUContext]) -> UInt64 {
    if old != 0 {
      let renewed = generation | (old & asidMask)
      // It was in use when the generation changed: it keeps its number.
      var isReserved = false
      for cpu in contexts.indices where contexts[cpu].reservedASID == old {
        isReserved = true
        contexts[cpu].reservedASID = renewed
      }
      if isReserved { return renewed }
      if !isTaken(old & asidMask) {
        take(old & asidMask)
        return renewed
      }
    }
    var asid = firstFree(from: cursor)
    if asid == nil {
      generation &+= asidCount
      rolloverCount += 1
      rollOver(&contexts)
      asid = firstFree(from: 1)
    }
    // A rollover leaves one number a CPU reserved; `Profile.validate` sees to it that there are more.
    let given = asid ?? 1
    take(given)
    cursor = given
    return generation | given
  }

  private func firstFree(from first: UInt64) -> UInt64? {
    var asid = first
    while asid < asidCount {
      if !isTaken(asid) { return asid }
      asid += 1
    }
    return nil
  }

  private mutating func rollOver(_ contexts: inout [CPUContext]) {
    for word in taken.indices { taken[word] = 0 }
    for cpu in contexts.indices {
      // A CPU that went through a rollover without a switch still has the number of then.
      let asid = contexts[cpu].activeASID != 0 ? contexts[cpu].activeASID : contexts[cpu].reservedASID
      contexts[cpu].activeASID = 0
      contexts[cpu].reservedASID = asid
      if asid != 0 { take(asid & asidMask) }
      contexts[cpu].isFlushPending = true
    }
  }
}
