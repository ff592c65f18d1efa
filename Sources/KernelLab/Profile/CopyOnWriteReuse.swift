/// When a write to a private page that was shared once may keep the page.
public enum CopyOnWriteReuse: String, Sendable, CaseIterable {
  /// If one entry maps it (to 5.8).
  case mapCount
  /// If nobody else refers to it (5.9 to 5.18).
  case referenceCount
  /// If it was never shared since it was exclusive, or if one entry maps it and nobody else refers to it
  /// (from 5.19 on).
  case exclusive
}
