import PageTables

/// What a running system tells of its own kernel, so that a pass over all RAM is not needed.
///
/// Nothing here is believed without a look: what does not lead to a list of tasks that closes is given up for the
/// pass.
public struct KernelPlaces: Sendable {
  /// Where the kernel's image lies: its first task, its symbols and its banner are in it.
  public var image: [RAMRange]
  /// Virtual minus physical address of the direct map.
  public var directMapOffset: UInt64
  /// Who says so.
  public var evidence: Evidence
  /// The kernel's own types, and where they were read.
  public var types: TypeInformation?
  public var typeEvidence: Evidence?

  public init(
    image: [RAMRange], directMapOffset: UInt64, evidence: Evidence, types: TypeInformation? = nil,
    typeEvidence: Evidence? = nil
  ) {
    self.image = image
    self.directMapOffset = directMapOffset
    self.evidence = evidence
    self.types = types
    self.typeEvidence = typeEvidence
  }
}

extension KernelSearch {
  /// A list of tasks that changes while it is followed does not close: so often it is followed again.
  private static let attemptLimit = 4

  /// The kernel by what the system tells; nil if that does not lead to a list of tasks that closes.
  func findQuickly(in memory: KernelMemory, _ places: KernelPlaces) -> Kernel? {
    guard !places.image.isEmpty else { return nil }
    var scan = MemoryScan.run(over: KernelMemory(memory.memory, ranges: places.image))
    scan.know(directMapOffset: places.directMapOffset)
    for _ in 0..<Self.attemptLimit {
      if let kernel = try? find(in: memory, scan: scan), kernel.isTaskListWhole { return kernel }
    }
    return nil
  }
}
