import Foundation
public import KernelLab
import PageTables

extension Source {
  /// `lab:PROFILE[,ram=...]` or `lab:FILE.lab`: a machine that has booted, or that a scenario was run on.
  static func lab(_ name: String) throws(SourceError) -> Source {
    let what = String(name.dropFirst("lab:".count))
    if what.hasSuffix(".lab") { return Source(try LabRun.image(ofScenarioAt: what), name: name) }
    let request: ProfileRequest
    do {
      request = try ProfileRequest(parsing: what)
      return Source(LabImage(try Machine.boot(try request.profile())), name: name)
    } catch {
      throw SourceError("\(name): \(error); a scenario's file is named lab:FILE.lab")
    }
  }

  /// A machine that was stopped.
  public init(_ image: LabImage, name: String) {
    let profile = image.profile
    let format = profile.format
    var kernel = AddressSpace(format: format, root: image.kernelRoot, evidence: "the lab")
    let halves = (0..<format.regionCount).map(format.region)
    if halves.contains(where: { $0.root == .upper }), let upper = halves.last { kernel.lowest = upper.first }
    self.init(
      name: name, memory: image,
      spaces: image.tasks.compactMap { task in
        task.root.map {
          AddressSpace(
            format: format, root: $0, process: ProcessIdentity(pid: task.pid, command: task.command),
            evidence: "the lab")
        }
      },
      kernel: kernel,
      linearMap: LinearMap(
        virtual: VirtualAddress(image.layout.linear.lowerBound),
        physical: PhysicalAddress(image.layout.physicalOffset),
        byteCount: image.layout.linear.upperBound &- image.layout.linear.lowerBound))
    told = ToldKernel(image)
  }
}
