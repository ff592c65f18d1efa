/// One line of comma-separated values (RFC 4180, without the line end).
public func csvLine(_ fields: [String]) -> String {
  fields.map { field in
    field.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline })
      ? "\"" + field.replacing("\"", with: "\"\"") + "\"" : field
  }.joined(separator: ",")
}
