extension Outcome {
  /// `VALUE MINOR MAJOR`, and of signals `NUMBER CODE ADDRESS COUNT PAGES`.
  var text: String {
    var text = "\(value < 0 ? "-\(value.magnitude)" : value.hexadecimal) \(minorFaults) \(majorFaults)"
    if let signals {
      text += " \(signals.number) \(signals.code) \(signals.address.hexadecimal) \(signals.count)"
      text += " \(signals.faultedPages.hexadecimal)"
    }
    return text
  }

  init(_ scanner: inout LineScanner) throws(TextError) {
    let word = Array(try scanner.word("the value").utf8)
    let isError = word[0] == UInt8(ascii: "-")
    guard
      let number = LineScanner.number(in: word, (isError ? 1 : 0)..<word.count, radix: isError ? 10 : 16),
      let value = Int64(exactly: number)
    else { throw scanner.error("the value must be hexadecimal, or '-' and a decimal error number") }
    self.init(
      value: isError ? -value : value, minorFaults: try scanner.decimal("the minor faults", as: UInt32.self),
      majorFaults: try scanner.decimal("the major faults", as: UInt32.self))
    guard !scanner.isAtEnd else { return }
    let signal = try scanner.decimal("the signal", as: UInt32.self)
    let code = try scanner.decimal("the signal's code", as: UInt32.self)
    let address = try scanner.hexadecimal("the signal's address")
    let count = try scanner.decimal("the number of signals", as: UInt32.self)
    signals = Signals(
      count: count, number: signal, code: code, address: address,
      faultedPages: try scanner.hexadecimal("the faulted pages"))
  }
}

extension Counters {
  var text: String {
    "\(residentAnonymousKiB) \(residentFileKiB) \(pageTablesKiB) \(totalKiB) \(lockedKiB) \(dataKiB)"
  }

  init(_ scanner: inout LineScanner) throws(TextError) {
    self.init(
      residentAnonymousKiB: try scanner.number("the anonymous memory", radix: 10),
      residentFileKiB: try scanner.number("the file memory", radix: 10),
      pageTablesKiB: try scanner.number("the page tables", radix: 10),
      totalKiB: try scanner.number("the size", radix: 10),
      lockedKiB: try scanner.number("the locked memory", radix: 10),
      dataKiB: try scanner.number("the data", radix: 10))
  }
}
