/// What one byte says of a frame: how the tables reach it.
struct FrameMarks: OptionSet, Sendable, Hashable {
  let rawValue: UInt8

  /// The kernel half executes it: its code.
  static let kernelText = FrameMarks(rawValue: 1)
  /// The linear map lets the kernel write it.
  static let linearWrite = FrameMarks(rawValue: 2)
  /// A mapping of the kernel half that is neither the linear map nor the image lets the kernel write it.
  static let otherWrite = FrameMarks(rawValue: 4)
  static let userExecute = FrameMarks(rawValue: 8)
  static let userWrite = FrameMarks(rawValue: 16)
  /// The image's mapping lets the kernel write it.
  static let imageWrite = FrameMarks(rawValue: 32)
  /// It holds a page table, or a part of one.
  static let table = FrameMarks(rawValue: 64)
  /// The kernel's image executes it.
  static let imageText = FrameMarks(rawValue: 128)
}
