/// Who uses one frame, in short.
struct FramePicture: Encodable {
  struct Mapping: Encodable {
    var pid: Int?
    var command: String
    var address: JSONAddress
    var level: String
    var pageSize: UInt64
    var access: String
    var region: String?
  }

  /// What a table in the frame translates.
  struct Served: Encodable {
    var level: String
    var from: JSONAddress
    /// Exclusive.
    var to: JSONAddress
    var users: [String]
  }

  var frame: UInt64
  var physical: JSONAddress
  var kind: String
  var sentence: String
  var mappings: [Mapping]
  var mappingCount: Int
  var serves: Served?
  /// What the kernel's own record says, for a person.
  var record: String?
  var notes: [String]?

  static let mappingLimit = 200
  private static let userLimit = 8

  init(_ report: FrameReport, frame: UInt64) {
    self.frame = frame
    physical = report.physical
    kind = report.kind
    mappingCount = report.mappings.count
    mappings = report.mappings.prefix(Self.mappingLimit).map {
      Mapping(
        pid: $0.pid, command: $0.command ?? "kernel", address: $0.virtual, level: $0.level,
        pageSize: $0.pageSize, access: $0.access, region: $0.region)
    }
    serves = report.tables.first.map { table in
      let users = table.users
      return Served(
        level: table.level, from: table.start, to: table.end,
        users: Array(users.prefix(Self.userLimit))
          + (users.count > Self.userLimit ? ["\(users.count - Self.userLimit) more"] : []))
    }
    sentence = "frame \(prefixedHexadecimal(frame)), physical \(report.physical.text): \(report.meaning)"
    record = report.page?.text
    notes = report.gaps
  }
}
