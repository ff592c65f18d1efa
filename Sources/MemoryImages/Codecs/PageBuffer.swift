/// Memory that a codec fills: as large as the page is to be, and alive while the codec runs.
@safe
struct PageBuffer {
  let bytes: UnsafeMutableRawBufferPointer

  /// How many bytes the page has.
  var count: Int { unsafe bytes.count }
}
