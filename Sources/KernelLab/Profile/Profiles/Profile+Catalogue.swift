extension Profile {
  /// Every profile. A new one is a value and a line here.
  public static let all: [Profile] = [
    .i386, .i386Linux5v7, .i386Linux5v8, .i386PAE, .i386PAEIsolated,
    .x86_64, .x86_64Linux5v7, .x86_64Linux5v8, .x86_64LA57, .x86_64Isolated,
    .arm, .armLinux5v10, .armEvenly, .armLPAE, .arm64, .riscv64, .riscv64Linux6v4, .alpha, .alphaLargeVmalloc,
  ]

  /// The names of all profiles.
  public static var names: [String] { all.map(\.name) }

  /// The profile of that name, or nil if there is none.
  public static func named(_ name: String) -> Profile? { all.first { $0.name == name } }
}
