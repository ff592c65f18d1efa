extension OracleAccess {
  /// Rights that are all known, written as letters of `rwx`.
  public init(kernel: String, user: String) {
    self.init(
      kernelRead: kernel.contains("r"), kernelWrite: kernel.contains("w"),
      kernelExecute: kernel.contains("x"), userRead: user.contains("r"), userWrite: user.contains("w"),
      userExecute: user.contains("x"))
  }
}
