import CReference
import Foundation
import LinuxKernel
import Workloads

/// What a reverse map needs in memory: in the end, and at the peak of its making.
enum ReverseMapMemory {
  static func report(_ image: SyntheticImage) {
    // Held until the end, so that its pages count as files' all the time.
    guard let file = image.mappedImage(segments: 1) else { return }
    // What the generator has freed would otherwise be used again and not be seen.
    reference_trim()
    let before = anonymousKilobytes(peak: false)
    // 5: the peak counts from here on (proc(5)).
    try? "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
    let map = ReverseMap(image.tableSet, in: file, threadCount: 4)
    let peak = anonymousKilobytes(peak: true) - before
    withExtendedLifetime(file) {}
    func bytes(_ count: Int) -> String { Main.fixed(Double(count) / Double(map.leafCount)) }
    print(
      "  \(map.leafCount) mappings in \(map.runCount) runs, \(map.tableCount) tables: "
        + "\(map.byteCount / 1024) KiB, \(bytes(map.byteCount)) bytes a mapping; peak of the build "
        + "\(peak) KiB, \(bytes(peak * 1024)) bytes a mapping")
  }

  /// The process's own memory, without mapped files, now or at its highest.
  private static func anonymousKilobytes(peak: Bool) -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    func kilobytes(_ name: String) -> Int {
      let line = status.split(separator: "\n").first { $0.hasPrefix(name + ":") }
      return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
    }
    return peak
      ? kilobytes("VmHWM") - kilobytes("RssFile") - kilobytes("RssShmem") : kilobytes("RssAnon")
  }
}
