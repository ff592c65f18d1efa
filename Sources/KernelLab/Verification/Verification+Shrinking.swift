public import KernelOracle

extension Verification {
  /// The shortest program found that still shows a difference: operations are left out, many at once and then
  /// one by one, as long as one is left.
  ///
  /// - Parameter runLimit: at most so many programs are run.
  public mutating func shrink(
    _ mismatch: Mismatch, _ kernel: RunningKernel, runLimit: Int = 400
  ) throws(VerificationError) -> Mismatch {
    var best = mismatch
    var runs = 0
    var size = max(1, best.program.operations.count / 2)
    while size >= 1 {
      var start = 0
      var isShorter = false
      while start < best.program.operations.count, runs < runLimit {
        var operations = best.program.operations
        operations.removeSubrange(start..<min(start + size, operations.count))
        runs += 1
        if let found = try verify(Program(operations), kernel),
          found.program.operations.count < best.program.operations.count
        {
          best = found
          isShorter = true
        } else {
          start += size
        }
      }
      guard runs < runLimit else { break }
      if size == 1, !isShorter { break }
      size = size == 1 ? 1 : size / 2
    }
    return best
  }
}
