// swift-tools-version: 6.2
import PackageDescription

/// What every library target of ours is built with.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  // Every unsafe operation is marked, and so can be counted and justified.
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  // `any` is written where a value is boxed: boxes are never free.
  .enableUpcomingFeature("ExistentialAny"),
  // An import is an implementation detail unless it says `public`.
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// Tests: the same, but for memory safety (`#expect` expands to unsafe constructs around spans) and
/// internal imports (a test has no public interface).
let tested: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
  name: "pagewalk",
  products: [
    .library(name: "PageTables", targets: ["PageTables"]),
    .library(name: "PageTableEditing", targets: ["PageTableEditing"]),
    .library(name: "MemoryImages", targets: ["MemoryImages"]),
    .library(name: "VirtualMachines", targets: ["VirtualMachines"]),
    .library(name: "LiveMemory", targets: ["LiveMemory"]),
    .library(name: "LinuxKernel", targets: ["LinuxKernel"]),
    .library(name: "KernelLab", targets: ["KernelLab"]),
    .library(name: "KernelOracle", targets: ["KernelOracle"]),
    .library(name: "Views", targets: ["Views"]),
    .library(name: "CommandOptions", targets: ["CommandOptions"]),
    .executable(name: "pagewalk", targets: ["pagewalk"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    // Static inline C that Swift has no word for.
    .target(name: "CPrefetch"),

    // The core: compiles in Embedded Swift, without heap, and imports nothing.
    .target(name: "PageTables", swiftSettings: strict),
    .target(name: "PageTableEditing", dependencies: ["PageTables"], swiftSettings: strict),

    // Decompressors of Debian's packages.
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CLZO", pkgConfig: "lzo2", providers: [.apt(["liblzo2-dev"])]),
    .systemLibrary(name: "CSnappy", pkgConfig: "snappy", providers: [.apt(["libsnappy-dev"])]),
    .target(
      name: "MemoryImages", dependencies: ["PageTables", "CPrefetch", "CZlib", "CZstd", "CLZO", "CSnappy"],
      swiftSettings: strict),

    // The memory of the machine that runs the program.
    // With the header that the kernel module is compiled with.
    .target(name: "CLiveMemory", cSettings: [.headerSearchPath("../../kmod/include")]),
    .target(
      name: "LiveMemory", dependencies: ["PageTables", "MemoryImages", "CLiveMemory"], swiftSettings: strict),

    // A virtual machine that is there: QEMU's machine protocol, monitor and debugger stub.
    .target(name: "CMachineGuard"),
    .target(
      name: "VirtualMachines", dependencies: ["PageTables", "MemoryImages", "CMachineGuard"],
      swiftSettings: strict),

    // What Linux is in that memory: the kernel, its processes, its tables compared.
    .target(name: "LinuxKernel", dependencies: ["PageTables", "MemoryImages"], swiftSettings: strict),
    .target(
      name: "KernelLab", dependencies: ["PageTables", "PageTableEditing", "KernelOracle"],
      swiftSettings: strict),
    // The running kernel, told what to do with processes' memory and watched while it does.
    .target(name: "CKernelAgent"),
    .target(name: "KernelOracle", dependencies: ["CKernelAgent"], swiftSettings: strict),
    // The explorer's page, embedded by the compiler.
    .target(name: "ExplorerPage", exclude: ["web"]),
    .target(
      name: "Views",
      dependencies: [
        "PageTables", "MemoryImages", "LiveMemory", "VirtualMachines", "LinuxKernel", "KernelLab",
        "KernelOracle", "ExplorerPage",
      ],
      swiftSettings: strict),
    // What the command and the explorer's server have in common on the command line.
    .target(
      name: "CommandOptions",
      dependencies: [
        "PageTables", "MemoryImages", "LinuxKernel", "Views",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "pagewalk",
      dependencies: [
        "CommandOptions", "Views", "LinuxKernel",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),

    .testTarget(
      name: "HostileInputTests", dependencies: ["ImageWriters", "MemoryImages", "PageTables"],
      path: "Tests/HostileInputTests", swiftSettings: tested),
    .testTarget(
      name: "VirtualMachinesTests", dependencies: ["VirtualMachines", "MemoryImages", "PageTables"],
      swiftSettings: tested),
    // The command as its users run it.
    .testTarget(
      name: "EndToEndTests",
      dependencies: [
        "pagewalk", "ImageWriters", "KernelOracle", "PageTableEditing", "PageTables", "WatchedChanges",
      ],
      path: "Tests/EndToEndTests", swiftSettings: tested),

    // Real kernels' memory, made by scripts/guests.
    .testTarget(
      name: "GuestTests",
      dependencies: [
        "LinuxKernel", "LiveMemory", "MemoryImages", "PageTables", "TestMemory", "Views", "WatchedChanges",
      ],
      path: "Tests/GuestTests",
      swiftSettings: tested),

    // QEMU with bare memory as a real memory management unit, for tests to compare with.
    .target(name: "QEMUOracle", path: "Tests/Support/QEMU", swiftSettings: tested),
    .testTarget(
      name: "MMUTests",
      dependencies: [
        "QEMUOracle", "PageTables", "PageTableEditing", "TestMemory", "KernelLab", "LabWork",
      ],
      path: "Tests/MMU", swiftSettings: tested),
    // Physical memories of tests: bytes, text, noise, faults.
    .target(
      name: "TestMemory", dependencies: ["PageTables"], path: "Tests/Support/Memory", swiftSettings: tested),
    // What `watch` prints, compared with what a process did.
    .target(name: "WatchedChanges", path: "Tests/Support/Watch", swiftSettings: tested),
    // Simulated processes at work.
    .target(
      name: "LabWork", dependencies: ["KernelLab", "TestMemory"], path: "Tests/Support/Lab",
      swiftSettings: tested),
    .testTarget(
      name: "PageTablesTests", dependencies: ["PageTables", "TestMemory"], swiftSettings: tested),
    // Lays out what kernels that cannot be booted here leave in memory.
    .target(
      name: "SyntheticKernels", dependencies: ["PageTables", "PageTableEditing", "TestMemory"],
      path: "Tests/Support/SyntheticKernels", swiftSettings: tested),
    // Writes small images of every form, for the tests of whatever reads them.
    .target(
      name: "ImageWriters", dependencies: ["CZlib", "CZstd", "CLZO", "CSnappy"],
      path: "Tests/Support/ImageWriters", swiftSettings: tested),
    .testTarget(
      name: "MemoryImagesTests", dependencies: ["MemoryImages", "PageTables", "ImageWriters"],
      swiftSettings: tested),
    .testTarget(
      name: "LiveMemoryTests",
      dependencies: [
        "LiveMemory", "LinuxKernel", "Views", "PageTables", "TestMemory",
      ],
      swiftSettings: tested),
    .testTarget(
      name: "LinuxKernelTests",
      dependencies: [
        "LinuxKernel", "MemoryImages", "PageTables", "PageTableEditing", "TestMemory", "SyntheticKernels",
      ],
      swiftSettings: tested),
    .testTarget(name: "KernelOracleTests", dependencies: ["KernelOracle"], swiftSettings: tested),
    .testTarget(
      name: "PageTableEditingTests", dependencies: ["PageTables", "PageTableEditing", "TestMemory"],
      swiftSettings: tested),
    .testTarget(
      name: "KernelLabTests",
      dependencies: [
        "KernelLab", "KernelOracle", "LabWork", "PageTables", "PageTableEditing", "TestMemory",
      ],
      swiftSettings: tested),
    // Documents, run: what they show is printed, what they list exists, what they teach compiles.
    .testTarget(
      name: "DocumentationTests",
      dependencies: [
        "pagewalk", "Views", "LinuxKernel", "LiveMemory", "KernelLab", "KernelOracle", "MemoryImages",
        "PageTables", "PageTableEditing",
        "ImageWriters",
      ],
      swiftSettings: tested),
  ]
)

// Only scripts/docs needs the plugin that makes documentation; an ordinary build does not fetch it.
if Context.environment["PAGEWALK_DOCS"] == "1" {
  package.dependencies.append(.package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"))
}
