/// A stretch of guest-physical addresses that is RAM, and where in its backend it lies.
struct RAMPiece: Hashable, Sendable {
  var range: ClosedRange<UInt64>
  /// The backend's name.
  var backend: String
  /// Where in the backend the range begins.
  var offset: UInt64
}
