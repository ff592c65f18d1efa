/// What a random program is made of, and how often each kind comes.
enum OperationKind: CaseIterable {
  case read, write, map, unmap, protect, advise, setBreak, fork, exit, resize, punchHole, remap
  case lock, lockOnFault, unlock

  var weight: Double {
    switch self {
    case .read: 14
    case .write: 18
    case .map: 12
    case .unmap: 5
    case .protect: 8
    case .advise: 6
    case .setBreak: 2
    case .fork: 3
    case .exit: 2.5
    case .resize: 2
    case .punchHole: 1
    case .remap: 5
    case .lock: 1
    case .lockOnFault: 0.7
    case .unlock: 1
    }
  }

  static let totalWeight = allCases.reduce(0) { $0 + $1.weight }

  /// A kind by its weight.
  static func random(_ generator: inout SeededGenerator) -> OperationKind {
    var point = Double(generator.next() >> 11) / Double(UInt64(1) << 53) * totalWeight
    for kind in allCases {
      point -= kind.weight
      if point < 0 { return kind }
    }
    return .write
  }
}
