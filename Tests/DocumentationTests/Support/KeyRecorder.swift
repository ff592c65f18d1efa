/// An encoder that keeps no values: it notes the path of every field that a type can emit, absent optional
/// ones included. Elements of arrays have the path of their array.
final class KeyRecorder {
  /// Paths of names joined by points; true for a field that can be absent.
  private(set) var paths: [String: Bool] = [:]

  fileprivate func note(_ path: [String], isOptional: Bool) {
    guard !path.isEmpty else { return }
    paths[path.joined(separator: "."), default: false] =
      paths[path.joined(separator: "."), default: false] || isOptional
  }

  /// Notes the fields of a value.
  func record(_ value: some Encodable) throws {
    try value.encode(to: PathEncoder(recorder: self, path: []))
  }
}

private struct PathEncoder: Encoder {
  let recorder: KeyRecorder
  let path: [String]
  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    KeyedEncodingContainer(KeyedPaths(recorder: recorder, path: path))
  }
  func unkeyedContainer() -> any UnkeyedEncodingContainer { Elements(recorder: recorder, path: path) }
  func singleValueContainer() -> any SingleValueEncodingContainer { Elements(recorder: recorder, path: path) }
}

private struct KeyedPaths<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let recorder: KeyRecorder
  let path: [String]
  var codingPath: [any CodingKey] { [] }

  func encodeNil(forKey key: Key) { recorder.note(path + [key.stringValue], isOptional: true) }

  func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
    let field = path + [key.stringValue]
    recorder.note(field, isOptional: false)
    try value.encode(to: PathEncoder(recorder: recorder, path: field))
  }

  // What synthesised conformances call for optionals, present or not.
  func encodeIfPresent<Value: Encodable>(_ value: Value?, forKey key: Key) throws {
    recorder.note(path + [key.stringValue], isOptional: true)
    if let value { try encode(value, forKey: key) }
  }
  func encodeIfPresent(_ value: String?, forKey key: Key) throws {
    recorder.note(path + [key.stringValue], isOptional: true)
  }
  func encodeIfPresent(_ value: Double?, forKey key: Key) throws {
    recorder.note(path + [key.stringValue], isOptional: true)
  }
  func encodeIfPresent(_ value: Bool?, forKey key: Key) throws {
    recorder.note(path + [key.stringValue], isOptional: true)
  }
  func encodeIfPresent(_ value: Int?, forKey key: Key) throws {
    recorder.note(path + [key.stringValue], isOptional: true)
  }
  func encodeIfPresent(_ value: UInt64?, forKey key: Key) throws {
    recorder.note(path + [key.stringValue], isOptional: true)
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) -> KeyedEncodingContainer<Nested> {
    KeyedEncodingContainer(KeyedPaths<Nested>(recorder: recorder, path: path + [key.stringValue]))
  }
  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    Elements(recorder: recorder, path: path + [key.stringValue])
  }
  func superEncoder() -> any Encoder { PathEncoder(recorder: recorder, path: path) }
  func superEncoder(forKey key: Key) -> any Encoder {
    PathEncoder(recorder: recorder, path: path + [key.stringValue])
  }
}

private struct Elements: UnkeyedEncodingContainer, SingleValueEncodingContainer {
  let recorder: KeyRecorder
  let path: [String]
  var codingPath: [any CodingKey] { [] }
  var count = 0

  init(recorder: KeyRecorder, path: [String]) {
    self.recorder = recorder
    self.path = path
  }

  func encodeNil() {}
  func encode<Value: Encodable>(_ value: Value) throws {
    // Values without fields end here: encoding them would come back.
    if value is String || value is any BinaryInteger || value is Bool || value is Double { return }
    try value.encode(to: PathEncoder(recorder: recorder, path: path))
  }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
    KeyedEncodingContainer(KeyedPaths<Nested>(recorder: recorder, path: path))
  }
  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { self }
  func superEncoder() -> any Encoder { PathEncoder(recorder: recorder, path: path) }
}
