public import ArgumentParser

/// A time as a person types it: 10s, 100ms, 2m; a number alone is seconds.
public struct DurationArgument: ExpressibleByArgument {
  public let duration: Duration

  public init(_ duration: Duration) { self.duration = duration }

  public init?(argument: String) {
    let digits = argument.prefix { $0.isASCII && $0.isNumber }
    // A year is more than enough, and fits every clock.
    guard let number = Int64(digits), number > 0, number <= 366 * 86_400_000 else { return nil }
    switch argument.dropFirst(digits.count) {
    case "ms": duration = .milliseconds(number)
    case "s", "": duration = .seconds(number)
    case "m": duration = .seconds(60 * number)
    case "h": duration = .seconds(3600 * number)
    default: return nil
    }
  }

  public var defaultValueDescription: String { "100ms" }
}
