import PageTables

extension Kernel {
  /// Which swap types are special in this kernel, which depends on how it was built: functions that only such a
  /// kernel has stand in its type information.
  ///
  /// `memory_failure` is there with CONFIG_MEMORY_FAILURE (mm/Makefile); `make_device_exclusive_range` (5.14, mm/rmap.c),
  /// `make_device_exclusive` since 6.15, and `migrate_vma_setup` before 5.14 (mm/migrate.c) with CONFIG_DEVICE_PRIVATE.
  mutating func noteSwapOptions() {
    guard let types, let text = release?.value, let release = KernelRelease(text) else { return }
    let deviceNames =
      release >= KernelRelease(5, 14)
      ? ["make_device_exclusive_range", "make_device_exclusive"] : ["migrate_vma_setup"]
    // A type information without functions says nothing about them.
    let found = types.functions(among: Set(["handle_mm_fault", "memory_failure"] + deviceNames))
    guard found.contains("handle_mm_fault") else { return }
    let options = NotPresentTable.Options(
      hasHardwarePoison: found.contains("memory_failure"),
      hasDeviceMemory: format.addressBits == 64 && deviceNames.contains(where: found.contains))
    format = format.reading(notPresent: format.notPresent.configured(options))
    swapOptions = Fact(
      options,
      Evidence(
        .btf,
        "its functions: memory_failure is \(options.hasHardwarePoison ? "" : "not ")there, "
          + "\(deviceNames[0]) is \(options.hasDeviceMemory ? "" : "not ")there"))
  }
}
