/// What the guest's physical address space is made of, by the monitor's `info mtree -f`.
///
/// The text has a view for each address space; that of the processors is `AS "memory"`. Its lines are
/// `start-end (prio N, kind): name @offset`, where the offset is left out if it is 0 (softmmu/memory.c,
/// `mtree_print_flatview`).
enum FlatView {
  /// More stretches than this are not taken: a PC has a dozen.
  static let pieceLimit = 4096

  /// The stretches that lie in one of the named backends, in the order of their addresses.
  ///
  /// The backends tell RAM from other memory that a device has, such as a screen's. What the guest sees
  /// read-only (a PC's areas below 1 MiB) is the same RAM.
  static func pieces(in text: String, backends: Set<String>) -> [RAMPiece] {
    var pieces: [RAMPiece] = []
    var isProcessors = false
    for line in text.split(whereSeparator: \.isNewline) {
      if line.hasPrefix("FlatView") {
        if !pieces.isEmpty { break }
        isProcessors = false
      } else if line.hasPrefix(" AS \"memory\"") {
        isProcessors = true
      } else if isProcessors, pieces.count < pieceLimit, let piece = piece(line),
        backends.contains(piece.backend)
      {
        pieces.append(piece)
      }
    }
    pieces.sort { $0.range.lowerBound < $1.range.lowerBound }
    return joined(pieces)
  }

  private static func piece(_ line: Substring) -> RAMPiece? {
    let match = line.wholeMatch(
      of:
        /\s+([0-9a-f]{16})-([0-9a-f]{16}) \(prio -?\d+, (?:ram|rom|romd|nv-ram)\): (.+?)(?: @([0-9a-f]{16}))?(?: KVM)?/
    )
    guard let match, let first = UInt64(match.1, radix: 16), let last = UInt64(match.2, radix: 16),
      first <= last
    else { return nil }
    let offset = match.4.flatMap { UInt64($0, radix: 16) } ?? 0
    // Where it ends in the backend is a number, too.
    guard !offset.addingReportingOverflow(last - first).overflow else { return nil }
    return RAMPiece(range: first...last, backend: String(match.3), offset: offset)
  }

  /// Neighbours that are neighbours in the backend, too, as one; what overlaps is left out.
  private static func joined(_ pieces: [RAMPiece]) -> [RAMPiece] {
    var result: [RAMPiece] = []
    for piece in pieces {
      guard let previous = result.last else {
        result.append(piece)
        continue
      }
      guard piece.range.lowerBound > previous.range.upperBound else { continue }
      let length = previous.range.upperBound - previous.range.lowerBound + 1
      if piece.range.lowerBound == previous.range.upperBound + 1, piece.backend == previous.backend,
        piece.offset == previous.offset &+ length
      {
        result[result.count - 1].range = previous.range.lowerBound...piece.range.upperBound
      } else {
        result.append(piece)
      }
    }
    return result
  }
}
