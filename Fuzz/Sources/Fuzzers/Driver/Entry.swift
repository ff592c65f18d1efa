import Glibc

// SwiftPM gives the program's `main` the name `Fuzzers_main`, and libFuzzer would bring a `main` of its own; so this
// is the one that SwiftPM looks for, and it calls libFuzzer's driver.

@_silgen_name("LLVMFuzzerRunDriver")
private func runLibFuzzer(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
  _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// The fuzzer that this process runs; set once, before libFuzzer starts.
nonisolated(unsafe) private var chosen: (any Fuzzer)?

/// libFuzzer's callback: one input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  chosen?.run(Array(UnsafeBufferPointer(start: bytes, count: count)))
  return 0
}

/// `Fuzzers list`, `Fuzzers seeds NAME FOLDER`, or `Fuzzers NAME [libFuzzer's arguments]`.
@_cdecl("Fuzzers_main")
public func entry(
  _ argumentCount: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
) -> CInt {
  let words = (0..<Int(argumentCount)).map { arguments[$0].map { String(cString: $0) } ?? "" }
  // libFuzzer starts itself anew for -jobs, -fork and -merge, without the name: it comes in the environment then.
  let variable = "PAGEWALK_FUZZER"
  if words.count == 2, words[1] == "list" {
    for fuzzer in allFuzzers { print(fuzzer.name) }
    return 0
  }
  if words.count == 4, words[1] == "seeds" {
    guard let fuzzer = allFuzzers.first(where: { $0.name == words[2] }) else { return usage() }
    return writeSeeds(of: fuzzer, to: words[3])
  }
  var rest = Array(0..<Int(argumentCount))
  if words.count > 1, let fuzzer = allFuzzers.first(where: { $0.name == words[1] }) {
    chosen = fuzzer
    setenv(variable, fuzzer.name, 1)
    rest.remove(at: 1)
  } else if let name = getenv(variable).map({ String(cString: $0) }) {
    chosen = allFuzzers.first { $0.name == name }
  }
  guard chosen != nil else { return usage() }
  // Lives as long as the process.
  let list = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: rest.count + 1)
  for (place, index) in rest.enumerated() { list[place] = arguments[index] }
  list[rest.count] = nil
  var count = CInt(rest.count)
  var pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = list
  return runLibFuzzer(&count, &pointer, testOneInput)
}

private func usage() -> CInt {
  let names = allFuzzers.map(\.name).joined(separator: ", ")
  print(
    "usage: Fuzzers list | Fuzzers seeds NAME FOLDER | Fuzzers NAME [libFuzzer's arguments]; NAME: \(names)")
  return 2
}

private func writeSeeds(of fuzzer: any Fuzzer, to folder: String) -> CInt {
  for (index, seed) in fuzzer.seeds().enumerated() {
    guard let file = fopen("\(folder)/seed-\(index)", "wb") else {
      perror(folder)
      return 1
    }
    let written = fwrite(seed, 1, seed.count, file)
    guard fclose(file) == 0, written == seed.count else {
      perror(folder)
      return 1
    }
  }
  return 0
}
