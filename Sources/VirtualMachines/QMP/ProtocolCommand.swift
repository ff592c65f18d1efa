/// A command as it is sent.
struct ProtocolCommand: Encodable {
  var execute: String
  var arguments: [String: ProtocolArgument]
}
