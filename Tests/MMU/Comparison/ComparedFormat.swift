import PageTables
import QEMUOracle
import Testing

/// A format of ours, and the memory management unit that must agree with it.
struct ComparedFormat: Sendable, CustomTestStringConvertible {
  let name: String
  let format: PagingFormat
  let executable: QEMUExecutable
  /// What the unit makes of an entry with reserved bits set.
  let reservedBits: OracleOutcome
  /// Whether a walk ended at something that the unit is known not to check. Such answers are not compared.
  let isUnchecked: @Sendable (Translation) -> Bool
  private let start: @Sendable (RAMImage, PagingFormat, PageTableRoot) throws -> any MMUOracle

  init(
    _ name: String? = nil, _ format: PagingFormat, _ executable: QEMUExecutable,
    reservedBits: OracleOutcome,
    isUnchecked: @escaping @Sendable (Translation) -> Bool = { _ in false },
    start: @escaping @Sendable (RAMImage, PagingFormat, PageTableRoot) throws -> any MMUOracle
  ) {
    self.name = name ?? format.name.description
    self.format = format
    self.executable = executable
    self.reservedBits = reservedBits
    self.isUnchecked = isUnchecked
    self.start = start
  }

  var testDescription: String { name }

  /// Starts the unit on an image.
  func oracle(_ image: RAMImage, root: PageTableRoot) throws -> any MMUOracle {
    try start(image, format, root)
  }
}
