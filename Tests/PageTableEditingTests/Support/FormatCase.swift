import PageTableEditing
import PageTables
import Testing

/// One format of the catalogue, prepared for writing once.
struct FormatCase: Sendable, CustomTestStringConvertible {
  let format: EditingFormat

  var testDescription: String { format.paging.name.description }
  var pageSizeBits: UInt8 { format.paging.pageSizeBits }
  var pageSize: UInt64 { 1 << UInt64(pageSizeBits) }

  static let all: [FormatCase] = PagingFormat.catalogue.map { FormatCase(format: EditingFormat($0)) }

  /// The catalogue, and formats whose roots are not the whole first level.
  static let allShapes: [FormatCase] =
    all
    + [
      .arm(split: 1), .arm(split: 2), .arm(split: 0, accessFlag: .accessFlag),
      .armLPAE(lowerSize: 0, upperSize: 2), .armLPAE(lowerSize: 1, upperSize: 1),
    ].map { FormatCase(format: EditingFormat($0)) }
    + [PagingFormat.aarch64(granule: .kib4, virtualAddressBits: 39)].compactMap { $0 }
    .map { FormatCase(format: EditingFormat($0)) }

  static func named(_ name: String) throws -> FormatCase {
    try #require(all.first { $0.testDescription == name })
  }

  /// Rights of the smallest page, the most first.
  var accesses: [Access] {
    format.expressibleAccesses(sizeBits: pageSizeBits)
      .sorted { $0.rawValue.nonzeroBitCount > $1.rawValue.nonzeroBitCount }
  }
}
