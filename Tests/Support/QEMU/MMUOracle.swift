/// A memory management unit that is not ours, over tables that a test built.
///
/// One oracle is one QEMU with one RAM image and one set of roots. Asking is not free of effects: the unit
/// may set accessed and dirty bits in its private copy of the image.
public protocol MMUOracle: AnyObject {
  /// What an oracle of this kind must be told: roots and control registers.
  associatedtype Paging: Sendable

  /// The program that plays the unit.
  static var executable: QEMUExecutable { get }

  /// Starts QEMU on `image`, and sets its paging up.
  init(image: RAMImage, paging: Paging) throws(QEMUFailure)

  /// What the unit makes of each address, in order.
  func translate(_ addresses: [UInt64]) throws(QEMUFailure) -> [OracleAnswer]

  /// Ends QEMU. Also done when the oracle is released.
  func close()
}
