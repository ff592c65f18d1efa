import ExplorerPage

/// A scenario that comes with the explorer.
struct LabStory: Encodable, Sendable {
  /// Its file's name without the extension.
  var name: String
  /// Its first comment.
  var title: String
  var text: String

  /// The scenarios of `Examples/Scenarios`, by name.
  static let all: [LabStory] = (0..<explorer_story_count()).map { index in
    // Sound: the index is below the count, and the arrays and names live as long as the program.
    let file = unsafe explorer_story_at(index)
    let bytes = unsafe Array(UnsafeBufferPointer(start: file.bytes, count: file.count))
    return unsafe LabStory(name: String(cString: file.name), text: String(decoding: bytes, as: UTF8.self))
  }

  init(name: String, text: String) {
    self.name = name
    self.text = text
    let comment = text.split(separator: "\n").first { $0.hasPrefix("#") } ?? ""
    title = String(comment.drop { $0 == "#" || $0 == " " })
  }
}
