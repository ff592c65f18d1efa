import PageTables
import Synchronization

/// Places that an audit tells of, from any thread.
final class WitnessList: Sendable {
  private let places = Mutex<Set<PhysicalAddress>>([])
  /// An audit has a handful; more than this are of forged tables.
  private static let limit = 4096

  func add(_ place: PhysicalAddress) {
    places.withLock { if $0.count < Self.limit { $0.insert(place) } }
  }

  /// Ascending.
  var all: [PhysicalAddress] { places.withLock { $0.sorted() } }
}
