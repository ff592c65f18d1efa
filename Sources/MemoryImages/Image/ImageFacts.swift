/// What a reader found out beside the memory itself.
struct ImageFacts: Sendable {
  var architecture: ImageArchitecture?
  var fileWordBits: Int?
  var registers: [CPURegisters] = []
  var vmcoreinfo: String?
  var kernelRelease: String?
  var isIncomplete = false
  var isFromQEMU = false
  private(set) var notes: [String] = []

  /// More notes than this are dropped: a forged file can earn one for each of a million segments.
  static let noteLimit = 64

  /// Adds a sentence.
  mutating func note(_ sentence: String) {
    guard notes.count <= Self.noteLimit else { return }
    notes.append(notes.count < Self.noteLimit ? sentence : "and more of the kind")
  }

  /// Adds what a VMCOREINFO text says; the first one found counts.
  mutating func take(vmcoreinfo text: String) {
    guard vmcoreinfo == nil, !text.isEmpty else { return }
    vmcoreinfo = text
    for line in text.split(separator: "\n") where line.hasPrefix("OSRELEASE=") {
      kernelRelease = String(line.dropFirst("OSRELEASE=".count))
    }
  }
}
