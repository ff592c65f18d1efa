/// A value that has a meaningless instance, for the unused places of a ``FixedList``.
public protocol HasFiller: BitwiseCopyable, Sendable {
  /// An instance that stands for "nothing here".
  static var filler: Self { get }
}
