import Foundation
public import KernelLab
import PageTables

extension Source {
  /// The machine that is looked into when no source is named: that of the classic experiment.
  static func lab() throws(SourceError) -> Source {
    do {
      return Source(LabImage(try Machine.transcript()), name: "lab")
    } catch {
      throw SourceError("lab: \(error)")
    }
  }

  /// `lab:PROFILE[,ram=...]` or `lab:FILE.lab`: a machine that has booted, or that a scenario was run on.
  static func lab(_ name: String) throws(SourceError) -> Source {
    let what = String(name.dropFirst("lab:".count))
    if what.hasSuffix(".lab") { return Source(try LabRun.image(ofScenarioAt: what), name: name) }
    do {
      _ = try ProfileRequest(parsing: what).profile()
    } catch {
      throw SourceError("\(name): \(error); a scenario's file is named lab:FILE.lab")
    }
    return Source(try LabRun.image(of: try LabRun.scenario(firstProcess(on: what), file: name)), name: name)
  }

  /// A machine with nothing but its kernel would have little to show: one process, and a child of it.
  private static func firstProcess(on machine: String) -> String {
    """
    machine \(machine)
    file program 64K
    spawn init
    map init 10000+64K rx file program
    map init 100000+1M rw
    execute init 10000
    write init 100000 1
    write init 140000 2
    fork init as child
    write child 140000 3
    """
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
