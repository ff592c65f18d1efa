/// A way to read the memory of the machine that runs this program. The cases are in the order in which they
/// are tried: what shows most comes first.
public enum LiveRung: String, Hashable, Sendable, CaseIterable {
  /// `/dev/pagewalk`, the kernel module's device.
  case device
  /// `/proc/kcore`: the kernel's own view of RAM as an ELF core.
  case kcore
  /// A read-only program run through `bpf(2)`.
  case bpf
  /// `/proc/PID/pagemap`: where a page is, and nothing of the tables.
  case pagemap

  /// What it is, for a person.
  public var words: String {
    switch self {
    case .device: "/dev/pagewalk"
    case .kcore: "/proc/kcore"
    case .bpf: "a BPF program"
    case .pagemap: "/proc/PID/pagemap"
    }
  }

  /// Whether page tables can be read this way.
  public var showsTables: Bool { self != .pagemap }
}
