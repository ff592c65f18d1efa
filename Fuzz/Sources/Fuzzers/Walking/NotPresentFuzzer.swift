import PageTableEditing
import PageTables
import SeedWriters

/// Entries that the hardware calls absent, read by every kernel era of every format.
struct NotPresentFuzzer: Fuzzer {
  let name = "notpresent"

  func seeds() -> [[UInt8]] {
    var out = ByteWriter()
    for word: UInt64 in [0, 2, 0x8000_0000_0000_0000, .max, 0x55aa_0000_1234_5602] { out.put(word) }
    return [out.bytes]
  }

  func run(_ bytes: [UInt8]) {
    var input = InputReader(bytes)
    var left = 8
    while !input.isAtEnd, left > 0 {
      left -= 1
      let entry = input.number(UInt64.self)
      for format in PagingFormat.entries {
        for table in format.notPresentTables { check(entry, table) }
      }
    }
  }

  /// 0 is empty in every era (LoongArch has another empty entry, too), and what is written for the state that
  /// was read is read as the same state.
  private func check(_ entry: UInt64, _ table: NotPresentTable) {
    let state = table.state(of: entry)
    precondition(entry != 0 || state.kind == .none)
    guard let written = table.entry(for: state) else { return }
    precondition(table.state(of: written) == state)
  }
}
