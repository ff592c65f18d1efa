import PageTables
import Testing

/// A format under test, with the name that tells its parameters.
struct FormatCase: Sendable, CustomTestStringConvertible {
  let name: String
  let format: PagingFormat

  var testDescription: String { name }

  /// The catalogue, and the formats that one reaches with parameters only.
  static let all: [FormatCase] =
    PagingFormat.catalogue.map { FormatCase(name: $0.name.description, format: $0) } + sized
    + [
      FormatCase(name: "arm, TTBCR.N 1", format: .arm(split: 1)),
      FormatCase(name: "arm, TTBCR.N 7", format: .arm(split: 7)),
      FormatCase(name: "arm, access flag", format: .arm(split: 0, accessFlag: .accessFlag)),
      FormatCase(name: "arm-lpae 0/2", format: .armLPAE(lowerSize: 0, upperSize: 2)),
      FormatCase(name: "arm-lpae 1/0", format: .armLPAE(lowerSize: 1, upperSize: 0)),
      FormatCase(name: "arm-lpae 0/1", format: .armLPAE(lowerSize: 0, upperSize: 1)),
      FormatCase(name: "arm-lpae 3/1", format: .armLPAE(lowerSize: 3, upperSize: 1)),
      FormatCase(name: "arm-lpae 7/7", format: .armLPAE(lowerSize: 7, upperSize: 7)),
      FormatCase(
        name: "riscv-sv39, bare", format: .riscvSv39(.init(hasNAPOT: false, hasPBMT: false))),
    ]

  private static let sized: [FormatCase] = PagingFormat.entries.flatMap { entry in
    // Every count of levels, full and partial first tables.
    [25, 36, 39, 42, 47, 52].compactMap { bits in
      guard bits != entry.virtualAddressBits, let format = entry.format(virtualAddressBits: bits) else {
        return nil
      }
      return FormatCase(name: "\(entry.name), \(bits) bits", format: format)
    }
  }
}

extension PagingFormat {
  /// The levels in use.
  var levelList: [Level] { levels.elements }
}
