import PageTables

/// A loaded module (`struct module`) and the memory that it takes.
struct KernelModule: Hashable, Sendable {
  /// A stretch of a module: all of it up to Linux 6.3, since then one for each kind of memory.
  struct Part: Hashable, Sendable {
    var first: UInt64
    var byteCount: UInt64

    func region(of module: KernelModule) -> KernelRegion {
      KernelRegion(
        name: "modules", first: VirtualAddress(first), last: VirtualAddress(first &+ (byteCount - 1)),
        evidence: module.evidence, owner: module.name)
    }
  }

  var name: String
  var parts: [Part]
  var evidence: Evidence
}
