import NIOCore
import NIOPosix
import ServiceLifecycle
import Views

/// The threads that work answers out, so that a slow one holds up neither the network nor other answers.
///
/// The lab has threads of its own: a step of a long scenario may take seconds.
final class Workers: Service, Sendable {
  private let views: NIOThreadPool
  private let lab: NIOThreadPool
  let service: ExplorerService

  init(_ service: ExplorerService) {
    self.service = service
    views = NIOThreadPool(numberOfThreads: 4)
    lab = NIOThreadPool(numberOfThreads: 2)
    views.start()
    lab.start()
  }

  /// Answers a question on a thread of its own.
  func answer(_ path: String, query: String) async throws -> ExplorerAnswer {
    let pool = path.hasPrefix("/lab") ? lab : views
    return try await pool.runIfActive { [service] in service.answer(path, query: query) }
  }

  /// Begins a scenario.
  func runScenario(_ text: String) async throws -> ExplorerAnswer {
    try await lab.runIfActive { [service] in service.runScenario(text) }
  }

  /// Waits for the end, and lets the threads go.
  func run() async throws {
    try? await gracefulShutdown()
    try await views.shutdownGracefully()
    try await lab.shutdownGracefully()
  }
}
