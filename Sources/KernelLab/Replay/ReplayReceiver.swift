/// Takes a trace batch by batch: what a ``ReplayLane`` is, whatever its target.
public protocol ReplayReceiver: AnyObject {
  func receive(_ batch: borrowing TraceBatch)
  /// How many accesses its target has had: those that cross a page's border count for each page.
  var accessCount: UInt64 { get }
}
