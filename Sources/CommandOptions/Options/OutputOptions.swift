public import ArgumentParser
public import Views

extension OutputFormat: ExpressibleByArgument {}

/// How answers are printed.
public struct OutputOptions: ParsableArguments {
  @Option(help: "text for people, json for programs (one object a line), csv for tables.")
  public var format = OutputFormat.text

  public init() {}
}
