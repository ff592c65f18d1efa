/// Why a mapping of high memory cannot be made or undone: for the kernel a bug, or a wait.
public enum HighMemoryError: Error, Hashable, Sendable, CustomStringConvertible {
  case outsideRAM(frame: UInt64)
  case noSuchCPU(Int)
  /// All places of pkmap are in use: `kmap` sleeps until one is given back.
  case wouldSleep(slotCount: Int)
  /// All places of this processor are in use (BUG in `kmap_local_idx_push`, `kmap_atomic_idx_push`).
  case noPlace(cpu: Int, slotCount: Int)
  /// The place of this purpose is in use (BUG in `kmap_atomic`).
  case isTaken(type: Int, cpu: Int)
  case badType(Int, count: Int)
  /// Not the address of a mapping that is in use.
  case notMapped(address: UInt64)
  /// Temporary mappings are undone in reverse order.
  case wrongOrder(address: UInt64, expected: UInt64)
  /// The profile gives places by purpose, and none was named; or the other way round.
  case wrongRule(TemporaryMappingRule)
  /// The kernel page table could not be written.
  case table(String)

  public var description: String {
    switch self {
    case .outsideRAM(let frame): return "frame \(hexadecimal(frame)) is not in RAM"
    case .noSuchCPU(let index): return "there is no CPU \(index)"
    case .wouldSleep(let count):
      return "all \(count) places of pkmap are in use: kmap sleeps until one is free"
    case .noPlace(let cpu, let count): return "all \(count) temporary mappings of CPU \(cpu) are in use"
    case .isTaken(let type, let cpu): return "temporary mapping \(type) of CPU \(cpu) is in use"
    case .badType(let type, let count): return "there is no temporary mapping \(type): 0 to \(count - 1)"
    case .notMapped(let address): return "no page of high memory is mapped at \(hexadecimal(address))"
    case .wrongOrder(let address, let expected):
      return "\(hexadecimal(address)) is unmapped before \(hexadecimal(expected)), which was mapped later"
    case .wrongRule(.typed): return "this kernel's temporary mappings have types: name one"
    case .wrongRule: return "this kernel's temporary mappings are a stack: they have no types"
    case .table(let reason): return reason
    }
  }
}
