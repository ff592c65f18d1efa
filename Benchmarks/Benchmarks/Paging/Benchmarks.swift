import Benchmark
import Workloads

let benchmarks: @Sendable () -> Void = {
  let small = SyntheticImage.small()
  let big = SyntheticImage.big()
  let workloads =
    Workload.enumeration("big", big) + Workload.enumeration("small", small) + Workload.merging("big", big)
    + Workload.merging("small", small) + Workload.translation("big", big)
    + Workload.translation("small", small) + Workload.threads("big", big) + Workload.sources("big", big)
    + Workload.sourceTranslation("big", big) + Workload.opening(big)
    + Workload.compressed("small", small)
  for workload in workloads {
    Benchmark(
      "\(workload.group): \(workload.name)",
      configuration: .init(metrics: [.wallClock, .throughput], maxDuration: .seconds(2))
    ) { benchmark in
      for _ in benchmark.scaledIterations { blackHole(workload.run()) }
    }
  }
}
