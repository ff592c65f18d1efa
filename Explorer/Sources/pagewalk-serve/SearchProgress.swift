import Synchronization
import Views

/// Brings the progress of the search, which begins to be told when the source is opened, to the service, which is
/// made afterwards.
final class SearchProgress: Sendable {
  private let service = Mutex<ExplorerService?>(nil)

  func attach(_ service: ExplorerService) { self.service.withLock { $0 = service } }

  func note(_ share: Double) { service.withLock { $0 }?.note(searchProgress: share) }
}
