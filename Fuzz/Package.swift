// swift-tools-version: 6.2
import PackageDescription

// Built by scripts/fuzz only, which instruments every target: `-sanitize=fuzzer,address` for the whole build.
// A package of its own, so that the root package needs neither the flags nor the targets.
let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
  name: "pagewalk-fuzz",
  dependencies: [.package(name: "pagewalk", path: "..")],
  targets: [
    // The writers of the root package's tests, through symbolic links: seeds are written, not stored.
    .target(
      name: "SeedWriters", dependencies: [.product(name: "MemoryImages", package: "pagewalk")],
      swiftSettings: settings),
    .target(
      name: "TestMemory", dependencies: [.product(name: "PageTables", package: "pagewalk")],
      swiftSettings: settings),
    .target(
      name: "SyntheticKernels",
      dependencies: [
        "TestMemory",
        .product(name: "PageTables", package: "pagewalk"),
        .product(name: "PageTableEditing", package: "pagewalk"),
      ],
      swiftSettings: settings),
    .executableTarget(
      name: "Fuzzers",
      dependencies: [
        "SeedWriters",
        "SyntheticKernels",
        .product(name: "LinuxKernel", package: "pagewalk"),
        .product(name: "PageTables", package: "pagewalk"),
        .product(name: "PageTableEditing", package: "pagewalk"),
        .product(name: "MemoryImages", package: "pagewalk"),
      ],
      swiftSettings: settings),
  ]
)
