public import KernelLab
import PageTables

/// A profile of the lab: `pagewalk.lab-profile/1`.
public struct ProfileReport: JSONReport, Sendable {
  public static let schema = "pagewalk.lab-profile/1"

  public var name: String
  public var summary: String
  public var format: String
  public var ramBytes: UInt64
  public var pageOffset: JSONAddress
  public var policy: String

  enum CodingKeys: String, CodingKey { case name, summary, format, ramBytes, pageOffset, policy }

  public init(_ profile: Profile) {
    name = profile.name
    summary = profile.summary
    format = "\(profile.format.name)"
    ramBytes = profile.ramByteCount
    pageOffset = JSONAddress(profile.pageOffset)
    policy = profile.vmallocPolicy.rawValue
  }

  public static func text(_ reports: [ProfileReport]) -> [String] {
    var table = TextTable(
      header: ["profile", "paging", "RAM", "linear map", "what it is"],
      alignments: [.left, .left, .right, .right])
    for report in reports {
      table.add(
        report.name, report.format, sizeText(report.ramBytes), hexadecimal(report.pageOffset.value),
        report.summary)
    }
    return table.lines
  }
}
