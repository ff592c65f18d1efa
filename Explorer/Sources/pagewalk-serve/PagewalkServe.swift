import ArgumentParser
import CommandOptions
import ExplorerServer
import Foundation
import Hummingbird
import Logging
import NIOCore
import Views

/// `pagewalk serve`: a program of its own, so that the command carries no network code.
@main
struct PagewalkServe: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pagewalk serve",
    abstract: "Show page tables in a web browser.",
    discussion: """
      Opens a web page on this computer: address spaces as strips, walks as pictures, the \
      kernel page table against processes', physical memory as a map, the lab step by step. \
      Nothing is changed, and nothing is asked of the network.

      Examples:
        pagewalk serve
        pagewalk serve -s dump.elf
        pagewalk serve -s dump.elf --port 8080
        pagewalk serve -s dump.elf --listen 0.0.0.0     with a token that is printed once

      Ctrl-C ends it. Exit status: 0 ended; 2 bad usage, or a source that cannot be read.
      """)

  @OptionGroup var source: SourceOptions
  @OptionGroup var space: SpaceOptions

  @Option(help: "The port to listen on; 0 for any that is free.")
  var port = 8614

  @Option(
    help: ArgumentHelp(
      "The address to listen on. For any but loopback a browser must know a token.", valueName: "address"))
  var listen = "127.0.0.1"

  func validate() throws {
    guard (0...65535).contains(port) else { throw ValidationError("--port is from 0 to 65535") }
  }

  func run() async throws {
    let progress = SearchProgress()
    let source = try source.open(searchProgress: { progress.note($0) })
    let service = ExplorerService(source, space: space.request(process: nil, of: self.source))
    progress.attach(service)
    // Who opens the page a moment later waits that much less.
    service.start()
    let isLocal = ["127.0.0.1", "::1", "localhost"].contains(listen)
    let isEverywhere = ["0.0.0.0", "::"].contains(listen)
    let token = isLocal ? nil : Self.token()
    var hosts: Set = ["localhost", "127.0.0.1", "[::1]", listen.contains(":") ? "[\(listen)]" : listen]
    if isEverywhere { hosts.insert(ProcessInfo.processInfo.hostName) }
    let rules = RequestGuard(
      hosts: hosts, acceptsNumericHosts: isEverywhere, port: port == 0 ? nil : port, token: token)
    var logger = Logger(label: "pagewalk-serve")
    logger.logLevel = .error
    // An address that stands for all of them is none that a browser elsewhere could use.
    let shown =
      isEverywhere ? ProcessInfo.processInfo.hostName : listen.contains(":") ? "[\(listen)]" : listen
    let application = ExplorerServer(service, rules: rules).application(
      host: listen, port: port, logger: logger,
      onStart: { port in
        print("http://\(shown):\(port)/\(token.map { "?token=\($0)" } ?? "")   (Ctrl-C ends)")
        // Whoever reads this through a pipe wants it now.
        try? FileHandle.standardOutput.synchronize()
        fflush(nil)
      })
    do {
      try await application.runService()
    } catch let error as IOError where error.errnoCode == EADDRINUSE {
      throw SourceError("port \(port) of \(shown) is in use; --port names another, 0 any that is free")
    } catch {
      throw SourceError("cannot listen on \(shown):\(port): \(error); --port and --listen name another place")
    }
  }

  /// 128 random bits.
  private static func token() -> String {
    (0..<2).map { _ in
      let digits = String(UInt64.random(in: .min ... .max), radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }

  static func main() async {
    do {
      var command = try parseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch {
      let status = exitCode(for: error)
      if status == .success { exit(withError: error) }
      let message =
        error is SourceError ? "\(error)" : "\(self.message(for: error)); see 'pagewalk serve --help'"
      StandardError.write("pagewalk: \(message)\n")
      exit(withError: ExitCode(2))
    }
  }
}
