/// What a reader found out beside the memory itself.
struct ImageFacts: Sendable {
  var architecture: ImageArchitecture?
  var fileWordBits: Int?
  var registers: [CPURegisters] = []
  var vmcoreinfo: String?
  var kernelRelease: String?
  var isIncomplete = false
  var notes: [String] = []

  /// Adds what a VMCOREINFO text says; the first one found counts.
  mutating func take(vmcoreinfo text: String) {
    guard vmcoreinfo == nil, !text.isEmpty else { return }
    vmcoreinfo = text
    for line in text.split(separator: "\n") where line.hasPrefix("OSRELEASE=") {
      kernelRelease = String(line.dropFirst("OSRELEASE=".count))
    }
  }
}
