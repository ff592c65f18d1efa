import Workloads

/// Runs every workload once a round, in turn, and prints how each compares with the first of its group.
///
/// On a machine that does other work the absolute figures move by half; two loops that run right after one
/// another see the same machine, so the median of their ratios holds still.
@main
struct Main {
  static func main() {
    let arguments = CommandLine.arguments.dropFirst()
    let rounds = arguments.compactMap { Int($0) }.first ?? 9
    let filters = arguments.filter { Int($0) == nil }
    let small = SyntheticImage.small()
    let big = SyntheticImage.big()
    print("small: \(small.tableCount) tables, \(small.leafCount) leaves;", terminator: " ")
    print("big: \(big.tableCount) tables, \(big.leafCount) leaves; \(rounds) rounds")
    let groups = [
      Workload.enumeration("big", big), Workload.enumeration("small", small), Workload.merging("big", big),
      Workload.merging("small", small), Workload.translation("big", big),
      Workload.translation("small", small), Workload.threads("big", big),
    ]
    for group in groups {
      guard let name = group.first?.group, filters.isEmpty || filters.contains(where: name.contains) else {
        continue
      }
      measure(group, rounds: rounds)
    }
  }

  static func measure(_ group: [Workload], rounds: Int) {
    print("\n\(group[0].group)")
    let expected = group[0].run()
    for workload in group.dropFirst() where workload.run() != expected {
      print("  \(workload.name): WRONG ANSWER")
    }
    // A round lasts long enough for the clock.
    let clock = ContinuousClock()
    let once = clock.measure { _ = group[0].run() }
    let repeats = max(1, Int(Duration.milliseconds(20) / once))
    var times = [[Double]](repeating: [], count: group.count)
    for _ in 0..<rounds {
      for (index, workload) in group.enumerated() {
        let time = clock.measure { for _ in 0..<repeats { _ = workload.run() } }
        times[index].append(time / .seconds(repeats))
      }
    }
    for (index, workload) in group.enumerated() {
      let ratios = zip(times[0], times[index]).map { $0 / $1 }
      let rate = Double(workload.unitCount) / times[index].min()! / 1e6
      print(
        "  \(pad(fixed(median(ratios)), 6))  \(pad(fixed(rate, 1), 8)) M \(workload.unit)/s at best  \(workload.name)")
    }
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
