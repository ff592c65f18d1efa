import ExplorerPage

/// A file of the explorer's page, as it is in the program.
public struct PageFile: Sendable {
  /// As in `Sources/ExplorerPage/web`: `app.js`.
  public let name: String
  /// What a server says that it is: `text/javascript; charset=utf-8`.
  public let contentType: String
  public let bytes: [UInt8]

  /// All files: `index.html` first, then what it names.
  public static let all: [PageFile] = (0..<explorer_page_file_count()).map { index in
    // Sound: the index is below the count, and the arrays and names live as long as the program.
    let file = unsafe explorer_page_file_at(index)
    return unsafe PageFile(
      name: String(cString: file.name), contentType: String(cString: file.content_type),
      bytes: Array(UnsafeBufferPointer(start: file.bytes, count: file.count)))
  }

  /// The file of a name, if there is one.
  public static func named(_ name: some StringProtocol) -> PageFile? { all.first { $0.name == name } }

  /// The file's text: all of them are in UTF-8.
  public var text: String { String(decoding: bytes, as: UTF8.self) }
}
