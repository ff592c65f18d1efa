import Workloads

/// Runs every workload once a round, in turn, and prints how each compares with the first of its group.
///
/// On a machine that does other work the absolute figures move by half; two loops that run right after one
/// another see the same machine, so the median of their ratios holds still. The ratio of processor time, too,
/// leaves out the time that others had the processor.
@main
struct Main {
  static func main() {
    let arguments = CommandLine.arguments.dropFirst()
    let rounds = arguments.compactMap { Int($0) }.first ?? 9
    let filters = arguments.filter { Int($0) == nil }
    if filters.isEmpty || filters.contains(where: "processes".contains) { ProcessCost.report(rounds: rounds) }
    if filters == ["processes"] { return }
    for group in filters.isEmpty || filters.contains(where: "traces".hasPrefix) ? Workload.traces() : [] {
      measure(group, rounds: rounds)
    }
    if filters == ["traces"] { return }
    for group in filters.isEmpty || filters.contains(where: "lab".hasPrefix) ? Workload.lab() : [] {
      measure(group, rounds: rounds)
    }
    if filters == ["lab"] { return }
    let small = SyntheticImage.small()
    let big = SyntheticImage.big()
    print("small: \(small.tableCount) tables, \(small.leafCount) leaves;", terminator: " ")
    print("big: \(big.tableCount) tables, \(big.leafCount) leaves; \(rounds) rounds")
    let groups = [
      Workload.enumeration("big", big), Workload.enumeration("small", small), Workload.merging("big", big),
      Workload.merging("small", small), Workload.translation("big", big),
      Workload.translation("small", small), Workload.threads("big", big),
      Workload.sources("big", big), Workload.sourceTranslation("big", big), Workload.opening(big),
      Workload.compressed("small", small),
      Workload.reverseMap("big", big),
    ]
    for group in groups {
      guard let name = group.first?.group, filters.isEmpty || filters.contains(where: name.contains) else {
        continue
      }
      if name.hasPrefix("reverse map") { ReverseMapMemory.report(big) }
      measure(group, rounds: rounds)
    }
  }

  static func measure(_ group: [Workload], rounds: Int) {
    print("\n\(group[0].group)\n    wall    CPU   at best")
    let expected = group[0].run()
    group[0].undo?()
    for workload in group.dropFirst() {
      if workload.run() != expected { print("  \(workload.name): WRONG ANSWER") }
      workload.undo?()
    }
    // A round lasts long enough for the clock.
    let clock = ContinuousClock()
    let once = clock.measure { _ = group[0].run() }
    group[0].undo?()
    let repeats = max(1, Int(Duration.milliseconds(20) / once))
    var samples = [[Sample]](repeating: [], count: group.count)
    for _ in 0..<rounds {
      for (index, workload) in group.enumerated() {
        samples[index].append(Sample(repeats: repeats, undo: workload.undo) { _ = workload.run() })
      }
    }
    for (index, workload) in group.enumerated() {
      let pairs = zip(samples[0], samples[index])
      let wall = median(pairs.map { $0.wallSeconds / $1.wallSeconds })
      let processor = median(pairs.map { $0.processorSeconds / $1.processorSeconds })
      let best = samples[index].map(\.wallSeconds).min() ?? 0
      print(
        "  \(pad(fixed(wall), 6)) \(pad(fixed(processor), 6))  \(rate(workload, seconds: best))  \(workload.name)"
      )
    }
  }

  /// Units a second at best, or the time of one where it is long.
  static func rate(_ workload: Workload, seconds: Double) -> String {
    let millions = Double(workload.unitCount) / seconds / 1e6
    if millions >= 0.1 { return pad(fixed(millions, 1), 8) + " M \(workload.unit)/s" }
    return pad(fixed(seconds / Double(workload.unitCount) * 1e6, 1), 8) + " us each"
  }

  static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

  static func fixed(_ value: Double, _ digits: Int = 2) -> String {
    let scale = digits == 1 ? 10 : 100
    let scaled = Int((value * Double(scale)).rounded())
    let fraction = String(scaled % scale)
    return "\(scaled / scale)." + String(repeating: "0", count: digits - fraction.count) + fraction
  }

  static func pad(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}
