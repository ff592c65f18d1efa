import PageTables

/// Whether a kernel takes the right to write its code out of the linear map, too, for code that lies outside its
/// image: modules, compiled filters, trampolines.
struct LinearProtection {
  /// Frames of such code that the linear map does not let the kernel write, and those that it does.
  var protectedCount: Int
  var writableCount: Int

  /// Why the linear map may write the code at `place`, or nil if it should not.
  ///
  /// x86 changes the linear map with every change of rights (`cpa_process_alias` in
  /// arch/x86/mm/pat/set_memory.c), and every architecture protects its image; others leave modules writable,
  /// always or by configuration (arm64: rodata=full). A kernel that protects some frames protects all.
  func explanation(of place: AuditPlace, _ survey: AuditSurvey) -> String? {
    guard !survey.format.isX86, !place.isImage, protectedCount == 0 else { return nil }
    return
      "this kernel does not protect modules and generated code in the linear map: it is writable there for "
      + "all \(writableCount) frames of such code"
  }
}
