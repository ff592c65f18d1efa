import PageTables

/// What a pass saw can be kept and taken up again: it is a list of places to look closer at, and whoever takes it
/// up looks at them as if it had just been seen.
extension MemoryScan: Codable {
  /// The names are those of the file that `--cache` writes.
  enum CodingKeys: String, CodingKey {
    case selfPointers64
    case selfPointers32
    case landmarks
    case byteCount
    case unreadableByteCount
  }

  /// Distances that fewer words have are none that a search looks at.
  private static let fewestVotes = 3

  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    self.init()
    for (distance, count) in try fields.decode([HexadecimalKey: Int].self, forKey: .selfPointers64) {
      add(selfPointers64: count, at: distance.value)
    }
    for (distance, count) in try fields.decode([HexadecimalKey: Int].self, forKey: .selfPointers32) {
      add(selfPointers32: count, at: distance.value)
    }
    for (name, places) in try fields.decode([String: [HexadecimalKey]].self, forKey: .landmarks) {
      guard let landmark = Landmark(rawValue: name) else { continue }
      for place in Set(places.map(\.value)).sorted() { add(landmark, at: PhysicalAddress(place)) }
    }
    countBytes(
      try fields.decode(UInt64.self, forKey: .byteCount) & .max >> 1,
      unreadable: try fields.decode(UInt64.self, forKey: .unreadableByteCount) & .max >> 1)
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    func kept(_ votes: [UInt64: Int]) -> [HexadecimalKey: Int] {
      votes.reduce(into: [:]) { kept, vote in
        if vote.value >= Self.fewestVotes { kept[HexadecimalKey(vote.key)] = vote.value }
      }
    }
    try fields.encode(kept(selfPointers64), forKey: .selfPointers64)
    try fields.encode(kept(selfPointers32), forKey: .selfPointers32)
    let landmarks = Landmark.allCases.reduce(into: [String: [HexadecimalKey]]()) { all, landmark in
      all[landmark.rawValue] = self[landmark].map { HexadecimalKey($0.rawValue) }
    }
    try fields.encode(landmarks, forKey: .landmarks)
    try fields.encode(byteCount, forKey: .byteCount)
    try fields.encode(unreadableByteCount, forKey: .unreadableByteCount)
  }
}

/// An address or a distance, in hexadecimal with `0x`: a JSON number would lose its low bits.
private struct HexadecimalKey: Hashable, Codable, CodingKeyRepresentable {
  var value: UInt64

  init(_ value: UInt64) { self.value = value }

  init?(_ text: String) {
    guard text.hasPrefix("0x"), let value = UInt64(text.dropFirst(2), radix: 16) else { return nil }
    self.value = value
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let key = Self(try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "no hexadecimal number")
    }
    self = key
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(hexadecimal(value))
  }

  var codingKey: any CodingKey { Key(stringValue: hexadecimal(value)) }

  init?(codingKey: some CodingKey) { self.init(codingKey.stringValue) }

  private struct Key: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}
