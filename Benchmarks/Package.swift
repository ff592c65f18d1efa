// swift-tools-version: 6.2
import PackageDescription

/// `PAGEWALK_NATIVE=1` builds the measured loops for the processor at hand. The library itself stays as it
/// is: its hot paths are inlinable, so they are compiled here.
let isNative = Context.environment["PAGEWALK_NATIVE"] == "1"
let measured: [SwiftSetting] =
  [
    .swiftLanguageMode(.v6), .strictMemorySafety(), .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
  ]
  + (isNative
    ? [
      .define("WIDE_VECTORS"), .unsafeFlags(["-Xcc", "-march=native", "-target-cpu", "native"]),
    ] : [])

let package = Package(
  name: "pagewalk-benchmarks",
  platforms: [.macOS(.v26)],
  dependencies: [
    .package(name: "pagewalk", path: ".."),
    .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
  ],
  targets: [
    // What the Swift code is measured against; plain C, and AVX-512 behind function attributes.
    .target(name: "CReference", cSettings: [.unsafeFlags(["-O3"])]),

    // The writers of the root package's tests, through a symbolic link: for a compressed image.
    .target(
      name: "ImageWriters", dependencies: [.product(name: "MemoryImages", package: "pagewalk")],
      swiftSettings: [.swiftLanguageMode(.v6)]),

    // The synthetic images and everything that is measured, each Swift loop beside its C.
    .target(
      name: "Workloads",
      dependencies: [
        "CReference", "ImageWriters", .product(name: "PageTables", package: "pagewalk"),
        .product(name: "PageTableEditing", package: "pagewalk"),
        .product(name: "MemoryImages", package: "pagewalk"),
        .product(name: "LinuxKernel", package: "pagewalk"),
        .product(name: "KernelLab", package: "pagewalk"),
      ],
      swiftSettings: measured),

    // Interleaved rounds and ratios: what to trust on a machine that does other work.
    .executableTarget(
      name: "Ratios",
      dependencies: [
        "CReference", "Workloads", .product(name: "PageTables", package: "pagewalk"),
        .product(name: "MemoryImages", package: "pagewalk"),
        .product(name: "LinuxKernel", package: "pagewalk"),
      ],
      swiftSettings: measured),

    // The same workloads in ordo-one/benchmark: percentiles, thresholds, JSON.
    .executableTarget(
      name: "Paging",
      dependencies: ["Workloads", .product(name: "Benchmark", package: "benchmark")],
      // Its plugin looks for benchmarks in a folder of this name only.
      path: "Benchmarks/Paging",
      swiftSettings: measured,
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
  ]
)
