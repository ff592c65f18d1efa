/// What the kernel made of a fault in an area (`vm_fault_t`).
enum AreaFault {
  /// The page is there now, and nothing had to be read for it.
  case minor
  /// The page is there now, read from a disk.
  case major
  /// The file has no such page: SIGBUS.
  case beyondFile
  /// There is no frame for the page or its tables (VM_FAULT_OOM).
  case outOfMemory
}
