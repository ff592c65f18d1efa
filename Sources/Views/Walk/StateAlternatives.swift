import PageTables

/// What else an absent entry may mean, where it is not known how the kernel was built.
struct StateAlternatives {
  /// The states by name, the likeliest not among them.
  var names: [String]
  /// The end of a sentence that says the likeliest.
  var sentence: String
}

extension PagingFormat {
  /// What `entry` means with other options of the kernel; nil if that is the same.
  func alternatives(to entry: UInt64) -> StateAlternatives? {
    let states = notPresent.possibleStates(of: entry, mayHaveDevices: addressBits == 64).dropFirst()
    guard !states.isEmpty else { return nil }
    let sentences = states.map { $0.sentence(pageSizeBits: pageSizeBits) }
    return StateAlternatives(
      names: states.map(\.kind.stateName),
      sentence: "; or, if the kernel was built with other options (CONFIG_MEMORY_FAILURE, "
        + "CONFIG_DEVICE_PRIVATE), " + sentences.joined(separator: ", or "))
  }
}
