import LinuxKernel
import PageTables
import VirtualMachines

/// A walk with what was read at its end, all of one moment.
///
/// Where the memory is that of a running system, tables change between two reads, and a freed table page stays
/// readable with somebody else's bytes in it. So the entries are read, then the value, then the entries again; and
/// at last whether the process still has this root. What differs is read anew.
struct SteadyWalk<Value> {
  let translation: Translation
  /// What was read at the mapping; nil where there is none.
  let value: Value?
  /// Why there is no steady answer.
  let change: String?

  init(
    _ address: VirtualAddress, in space: AddressSpace, of source: Source,
    reading: (Translation.Mapping) -> Value
  ) {
    let walker = space.walker
    var translation = walker.translate(address, in: source.memory)
    var value = translation.mapping.map(reading)
    var change: String?
    if source.isRunning {
      for attempt in 0...Source.retryLimit {
        let again = walker.translate(address, in: source.memory)
        let isSame = again.isSame(as: translation)
        change = isSame ? nil : "its tables changed each of \(attempt + 1) times that they were read"
        // An entry that no sound table has may be somebody else's word: a look more costs little.
        if isSame, !again.isOdd || attempt > 0 { break }
        translation = again
        value = translation.mapping.map(reading)
      }
      if change == nil, !source.stillHas(space) {
        change = "the process has exited, or has other page tables by now"
      }
    }
    self.translation = translation
    self.value = value
    self.change = change
  }
}

extension Translation {
  /// Whether every entry on the way is the same.
  fileprivate func isSame(as other: Translation) -> Bool {
    guard steps.count == other.steps.count, outcome == other.outcome else { return false }
    return zip(steps.elements, other.steps.elements).allSatisfy { step, other in
      step.entryAddress == other.entryAddress && step.entry == other.entry
    }
  }

  /// Whether it ended at what no sound table has.
  fileprivate var isOdd: Bool {
    guard case .stopped(let reason) = outcome else { return false }
    switch reason {
    case .invalidEntry, .reservedBits, .unreadable, .loop, .limit: return true
    case .nonCanonical, .notPresent: return false
    }
  }
}

extension Source {
  /// Whether the process of `space`, if it is one's, still has the space's root.
  func stillHas(_ space: AddressSpace) -> Bool {
    guard let process = space.process else { return true }
    return stillHas(space.root, pid: process.pid)
  }
}
