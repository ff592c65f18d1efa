import PageTableEditing

extension KernelWriter {
  /// An open file: whose, and its path.
  struct File: Hashable {
    var tgid: Int
    var path: String

    init?(_ tgid: Int, _ path: String?) {
      guard let path else { return nil }
      self.tgid = tgid
      self.path = path
    }
  }

  /// A `file` for each path of each process, with the chain of directory entries behind it.
  mutating func writeFiles(
    of tasks: [SyntheticTask], into memory: inout SparseMemory
  ) throws -> [File?: UInt64] {
    var opened: [File] = []
    for task in tasks {
      for area in task.areas {
        if let file = File(task.tgid, area.path), !opened.contains(file) { opened.append(file) }
      }
    }
    // Every directory on the way to a file, the root first.
    var directories = [""]
    for path in Set(opened.map(\.path)).sorted() {
      var prefix = ""
      for component in path.split(separator: "/") {
        prefix += "/" + component
        if !directories.contains(prefix) { directories.append(prefix) }
      }
    }
    let entries = Dictionary(
      uniqueKeysWithValues: zip(directories, slab(directories.count, byteCount: layout.file.entryByteCount)))
    for path in directories { try writeEntry(path, entries, into: &memory) }
    let mount = slab(1, byteCount: 256)[0]
    var files: [File?: UInt64] = [:]
    for (file, place) in zip(opened, slab(opened.count, byteCount: layout.file.byteCount)) {
      try fill(
        place, byteCount: layout.file.byteCount, kind: 4, fields: [(layout.file.path, 2 * word)], in: &memory)
      try storeWord(pointer(to: mount), at: place + UInt64(layout.file.path), in: &memory)
      try storeWord(
        pointer(to: entries[file.path] ?? 0), at: place + UInt64(layout.file.path + word), in: &memory)
      files[file] = place
    }
    return files
  }

  /// A `dentry`; the root's name is `/`, and it is its own parent.
  private mutating func writeEntry(
    _ path: String, _ entries: [String: UInt64], into memory: inout SparseMemory
  ) throws {
    let fields = layout.file
    let place = entries[path] ?? 0
    let components = path.split(separator: "/")
    let name = components.last.map(String.init) ?? "/"
    let parent = components.isEmpty ? "" : components.dropLast().map { "/" + $0 }.joined()
    try fill(
      place, byteCount: fields.entryByteCount, kind: 5,
      fields: [
        (0, 8), (fields.entryHash, 2 * word), (fields.entryInode, word), (fields.entryParent, word),
        (fields.entryName, 8 + word),
        (fields.entryInlineName, fields.entryInlineCount),
      ], in: &memory)
    // Each is alone in its bucket of the hash table.
    let bucket = slab(1, byteCount: word)[0]
    try storeWord(0, at: place + UInt64(fields.entryHash), in: &memory)
    try storeWord(pointer(to: bucket), at: place + UInt64(fields.entryHash + word), in: &memory)
    try storeWord(pointer(to: place), at: bucket, in: &memory)
    let inode = slab(1, byteCount: 64 * word)[0]
    try storeWord(pointer(to: inode), at: place + UInt64(fields.entryInode), in: &memory)
    try storeWord(pointer(to: entries[parent] ?? 0), at: place + UInt64(fields.entryParent), in: &memory)
    let nameField = place + UInt64(fields.entryName)
    try store32(.random(in: 0...0x7fff_ffff, using: &generator), at: nameField, in: &memory)
    try store32(name.utf8.count, at: nameField + 4, in: &memory)
    var text = place + UInt64(fields.entryInlineName)
    if name.utf8.count >= fields.entryInlineCount { text = slab(1, byteCount: name.utf8.count + 1)[0] }
    try store(name, at: text, byteCount: name.utf8.count + 1, in: &memory)
    try storeWord(pointer(to: text), at: nameField + 8, in: &memory)
  }
}
