import PageTables
import QEMUOracle

/// The walker's answers beside the memory management unit's.
struct Comparison {
  private(set) var addressCount = 0
  private(set) var mappedCount = 0
  private(set) var rejectedCount = 0
  private(set) var deniedCount = 0
  /// Answers that were not compared, because the unit is known not to check what the walker rejects.
  private(set) var uncheckedCount = 0
  /// Each in a sentence.
  private(set) var mismatches: [String] = []
  private let format: ComparedFormat

  init(_ format: ComparedFormat) {
    self.format = format
  }

  mutating func add(_ translation: Translation, _ answer: OracleAnswer) {
    addressCount += 1
    switch answer.outcome {
    case .mapped: mappedCount += 1
    case .denied: deniedCount += 1
    default: break
    }
    if case .stopped(let reason) = translation.outcome, reason.isRejection { rejectedCount += 1 }
    if format.isUnchecked(translation) {
      uncheckedCount += 1
      return
    }
    guard !agree(translation, answer) else { return }
    let entries = (0..<translation.steps.count).map { String(translation.steps[$0].entry, radix: 16) }
    mismatches.append(
      "\(String(translation.address.rawValue, radix: 16)): \(translation.outcome), the unit says \(answer)"
        + "; entries \(entries.joined(separator: " "))")
  }

  private func agree(_ translation: Translation, _ answer: OracleAnswer) -> Bool {
    switch translation.outcome {
    case .stopped(.nonCanonical), .stopped(.notPresent):
      return answer == OracleAnswer(outcome: .unmapped, access: .none)
    case .stopped(.reservedBits):
      return answer == OracleAnswer(outcome: format.reservedBits, access: .none)
    case .stopped(.invalidEntry):
      return answer == OracleAnswer(outcome: .unmapped, access: .none)
    case .stopped: return false
    case .mapped(let mapping):
      if answer.outcome == .denied { return mapping.access.isEmpty || isAccessFlagClear(translation) }
      return answer.outcome == .mapped(physicalAddress: mapping.physical.rawValue)
        && answer.access == OracleAccess(mapping.access)
    }
  }

  /// Whether the leaf has an access flag that is clear: a leaf for the walker, a fault for the unit.
  private func isAccessFlagClear(_ translation: Translation) -> Bool {
    guard translation.steps.count > 0 else { return false }
    let step = translation.steps[translation.steps.count - 1]
    let rule = format.format.level(step.depth).rules[step.ruleIndex]
    let fields = format.format.fields(of: rule).fields
    for index in 0..<fields.count where fields[index].name.description == "AF" {
      return step.entry & fields[index].mask == 0
    }
    return false
  }
}

extension Comparison: CustomStringConvertible {
  var description: String {
    "\(addressCount) addresses, \(mappedCount) mapped, \(deniedCount) denied, \(rejectedCount) rejected,"
      + " \(uncheckedCount) unchecked, \(mismatches.count) mismatches"
  }
}

extension StopReason {
  /// Whether an entry was found that cannot be valid.
  fileprivate var isRejection: Bool {
    switch self {
    case .invalidEntry, .reservedBits: true
    default: false
    }
  }
}

extension OracleAccess {
  init(_ access: Access) {
    self.init(
      kernelRead: access.contains(.kernelRead), kernelWrite: access.contains(.kernelWrite),
      kernelExecute: access.contains(.kernelExecute), userRead: access.contains(.userRead),
      userWrite: access.contains(.userWrite), userExecute: access.contains(.userExecute))
  }
}
