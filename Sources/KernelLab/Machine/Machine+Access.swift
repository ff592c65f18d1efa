import PageTables

extension Machine {
  /// One access by a processor: translated by its TLB or its tables, with whatever faults the kernel resolves
  /// on the way.
  @inline(__always)
  public mutating func access(
    _ kind: MemoryAccess.Kind, at address: UInt64, isUser: Bool = true, cpu: Int = 0
  ) -> AccessOutcome {
    counters.accesses &+= 1
    let rights = Self.rights(kind, isUser: isUser).rawValue
    let tag = isUser ? cpus[cpu].userTag : cpus[cpu].tag
    if let physical = cpus[cpu].tlb.lookUp(address, tag: tag, rights: rights) {
      log.add(.tlbHit(cpu: cpu, address: address, physical: physical))
      return .completed(physical)
    }
    return accessSlowly(MemoryAccess(kind, at: address, isUser: isUser), cpu: cpu)
  }

  @inline(__always)
  static func rights(_ kind: MemoryAccess.Kind, isUser: Bool) -> Access {
    // Read, write, execute are bits 0 to 2 for the kernel and 3 to 5 for users.
    Access(rawValue: (1 &<< kind.rawValue) &<< (isUser ? 3 : 0))
  }

  /// How often one access may fault before the kernel is taken to loop: Linux needs three at most.
  private static var faultLimit: Int { 16 }

  @inline(never)
  private mutating func accessSlowly(_ access: MemoryAccess, cpu: Int) -> AccessOutcome {
    actingCPU = cpu
    for _ in 0..<Self.faultLimit {
      if profile.isIsolated { enterMode(isUser: access.isUser, cpu: cpu) }
      switch walk(access, cpu: cpu) {
      case .success(let physical): return .completed(physical)
      case .failure(let fault):
        log.add(.faulted(cpu: cpu, fault))
        switch resolve(fault, cpu: cpu) {
        case .retry: continue
        case .signal(let signal):
          counters.signals &+= 1
          return .signal(signal)
        case .oops(let reason): return .oops(reason)
        case .outOfMemory: return .outOfMemory
        }
      }
    }
    return .oops(
      KernelFault(address: access.address, reason: "the fault comes again however often it is handled"))
  }
}

/// What the kernel made of a fault.
enum FaultResolution {
  /// Do the access again.
  case retry
  case signal(Signal)
  case oops(KernelFault)
  case outOfMemory
}
