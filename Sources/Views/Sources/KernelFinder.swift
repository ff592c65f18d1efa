import LinuxKernel
import Synchronization

/// Finds the kernel in a source's memory when somebody first asks for it, and remembers it.
final class KernelFinder: Sendable {
  private let memory: KernelMemory
  let search: KernelSearch
  private let found = Mutex<Result<Kernel, SourceError>?>(nil)

  init(_ memory: KernelMemory, search: KernelSearch) {
    self.memory = memory
    self.search = search
  }

  /// The kernel, if somebody has asked for it before.
  var known: Kernel? { found.withLock { try? $0?.get() } }

  func kernel(of name: String) throws(SourceError) -> Kernel {
    let result = found.withLock { found -> Result<Kernel, SourceError> in
      if let found { return found }
      let result: Result<Kernel, SourceError>
      do throws(KernelError) {
        result = .success(try search.run(in: memory))
      } catch {
        result = .failure(SourceError("\(name): \(error)"))
      }
      found = result
      return result
    }
    return try result.get()
  }

  /// The kernel, with the roots that page tables alone show held against its tasks'.
  func kernelWithRoots(of name: String) throws(SourceError) -> Kernel {
    var kernel = try kernel(of: name)
    guard kernel.roots == nil else { return kernel }
    kernel.weighRoots()
    let weighed = kernel
    found.withLock { $0 = .success(weighed) }
    return kernel
  }
}
