import Foundation

/// Writes ELF files that have nothing but sections.
enum ELFWriter {
  static func file(is64: Bool, sections: [(name: String, bytes: [UInt8])]) -> [UInt8] {
    func number(_ value: Int, _ byteCount: Int) -> [UInt8] {
      (0..<byteCount).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    let word = is64 ? 8 : 4
    let sections = sections + [(name: ".shstrtab", bytes: [])]
    var names: [UInt8] = []
    var nameOffsets: [Int] = []
    for section in sections {
      nameOffsets.append(names.count)
      names += Array(section.name.utf8) + [0]
    }
    var contents: [UInt8] = []
    var places: [(Int, Int)] = []
    let headerBytes = is64 ? 64 : 52
    for (index, section) in sections.enumerated() {
      let bytes = index == sections.count - 1 ? names : section.bytes
      places.append((headerBytes + contents.count, bytes.count))
      contents += bytes
    }
    var table: [UInt8] = []
    for index in sections.indices {
      table += number(nameOffsets[index], 4) + number(1, 4) + number(0, 2 * word)
      table += number(places[index].0, word) + number(places[index].1, word)
      table += [UInt8](repeating: 0, count: is64 ? 24 : 16)
    }
    var header: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, is64 ? 2 : 1, 1, 1] + [UInt8](repeating: 0, count: 9)
    header += number(2, 2) + number(62, 2) + number(1, 4) + number(0, 2 * word)
    header += number(headerBytes + contents.count, word) + number(0, 4) + number(headerBytes, 2)
    header += number(0, 4) + number(is64 ? 64 : 40, 2) + number(sections.count, 2)
    header += number(sections.count - 1, 2)
    return header + contents + table
  }
}

/// Files that a test writes and removes.
enum TemporaryFile {
  static func write(_ bytes: [UInt8]) throws -> String {
    let url = FileManager.default.temporaryDirectory.appending(path: "pagewalk-\(UUID().uuidString)")
    try Data(bytes).write(to: url)
    return url.path(percentEncoded: false)
  }

  static func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }
}
