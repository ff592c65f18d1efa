import PageTables

extension Kernel {
  /// The release that the version banners in memory name; the commonest, if they differ.
  mutating func noteRelease() {
    var votes: [String: Int] = [:]
    for place in scan[.banner] {
      guard let bytes = memory.bytes(at: place, count: 96) else { continue }
      let text = bytes.dropFirst("Linux version ".utf8.count).prefix { $0 > 0x20 && $0 < 0x7f }
      let name = String(decoding: text, as: UTF8.self)
      if KernelRelease(name) != nil { votes[name, default: 0] += 1 }
    }
    guard let best = votes.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) else { return }
    var fact = Fact(
      best.key, Evidence(.banner, "`Linux version \(best.key)` stands at \(best.value) places in memory"))
    for (name, count) in votes.sorted(by: { $0.key < $1.key }) where name != best.key {
      fact.weigh(name, Evidence(.banner, "stands at \(count) places"))
    }
    release = fact
    if let known = KernelRelease(best.key) { format = format.reading(kernel: known) }
  }

  /// Says what else could have been the kernel.
  mutating func noteRivals(_ chains: [TaskChain]) {
    for chain in chains {
      notes.append(
        "another list of \(chain.nodes.count) tasks begins at \(hexadecimal(chain.anchorName.rawValue))"
          + (chain.isClosed ? "" : " and is cut")
          + ": a second kernel (kexec, a crash kernel, a nested guest), or what is left of one")
    }
  }
}
