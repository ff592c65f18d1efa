/// A list of at most `capacity` elements, stored in place: formats are values that need no heap, so that
/// a kernel can use them.
///
/// Asking beyond the end gives the filler, never a trap. Elements beyond the capacity are dropped, which
/// a test forbids for every format of the catalogue.
@frozen
public struct FixedList<let capacity: Int, Element: HasFiller>: BitwiseCopyable, Sendable {
  @usableFromInline var storage: InlineArray<capacity, Element>
  /// How many elements are in use.
  public private(set) var count: Int

  /// An empty list.
  public init() {
    storage = InlineArray(repeating: Element.filler)
    count = 0
  }

  /// The elements of a literal: `FixedList([a, b, c])`.
  public init<let n: Int>(_ elements: InlineArray<n, Element>) {
    self.init()
    var index = 0
    while index < n {
      append(elements.element(at: index, filler: .filler))
      index &+= 1
    }
  }

  /// Adds an element at the end; a full list stays as it is.
  public mutating func append(_ element: Element) {
    guard count < capacity else { return }
    storage.replaceElement(at: count, with: element)
    count &+= 1
  }

  /// The element at `index`, or the filler beyond the end. Assigning beyond the end does nothing.
  @inlinable
  public subscript(index: Int) -> Element {
    get { storage.element(at: index < count ? index : capacity, filler: .filler) }
    set { if index < count { storage.replaceElement(at: index, with: newValue) } }
  }
}

extension FixedList {
  /// What `body` answers for the first element that it has an answer for. Where a loop over the subscript
  /// would have Swift 6.3 copy the list for every element, this copies it at most once.
  @inlinable @inline(__always)
  public func firstAnswer<Answer>(_ body: (Element) -> Answer?) -> Answer? {
    storage.firstAnswer(among: count, body)
  }
}

#if !hasFeature(Embedded)
  extension FixedList {
    /// The elements in use, as an array.
    public var elements: [Element] { (0..<count).map { self[$0] } }
  }
#endif
