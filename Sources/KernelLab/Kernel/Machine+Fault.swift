import PageTables

extension Machine {
  /// The page-fault handler (`do_user_addr_fault`, `do_kern_addr_fault` and their like).
  mutating func resolve(_ fault: PageFault, cpu: Int) -> FaultResolution {
    let access = fault.access
    guard access.address < profile.taskSize else { return resolveKernelFault(fault, cpu: cpu) }
    guard let task = cpus[cpu].task, let space = task.space else {
      return .oops(KernelFault(address: access.address, reason: "a kernel thread used a process's address"))
    }
    return resolveUserFault(fault, task: task, space: space)
  }

  /// A fault at a kernel address: the kernel's half may lack an entry that the master has.
  private mutating func resolveKernelFault(_ fault: PageFault, cpu: Int) -> FaultResolution {
    let address = fault.access.address
    if fault.access.isUser {
      // No process may look at the kernel: nothing is copied for it.
      return .signal(Signal(number: .segmentationFault, code: .notMapped, address: address))
    }
    if let resolution = vmallocFault(fault, cpu: cpu) { return resolution }
    return .oops(KernelFault(address: address, reason: "unable to handle kernel paging request"))
  }
}
