/// What taking pages back keeps from one time to the next.
public struct ReclaimState {
  /// Where the clock's hand stands: the frame that is looked at next, counted from RAM's first.
  var hand = 0
  /// Files with pages in memory or put away, by number (`FrameDescriptor.owner` of their pages).
  var files: [UInt32: FileObject] = [:]
  var nextFileID: UInt32 = 1
  /// The times that a process was ended for its memory, the last ones.
  public internal(set) var outOfMemoryEvents: [OutOfMemoryEvent] = []

  static var eventLimit: Int { 64 }
}
