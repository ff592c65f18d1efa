import Dispatch
import Glibc
import Synchronization

/// The machines that something was done to. Whichever way the process ends, they are left as they were found; if it is
/// killed outright, a ``MachineGuard`` lets a stopped one go on.
enum OpenMachines {
  private static let controls = Mutex<[ObjectIdentifier: MachineControl]>([:])
  private static let watch = Mutex<[any DispatchSourceSignal]>([])

  /// The signals that end a process whose user had enough of it, or whose reader went away.
  private static let signals = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE]

  static func add(_ control: MachineControl) {
    controls.withLock { $0[ObjectIdentifier(control)] = control }
    watch.withLock { sources in
      guard sources.isEmpty else { return }
      atexit { OpenMachines.closeAll() }
      for number in signals {
        // A thread of Dispatch's does the work.
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global(qos: .userInitiated))
        source.setEventHandler {
          closeAll()
          end(by: number)
        }
        source.activate()
        sources.append(source)
      }
    }
  }

  static func remove(_ control: MachineControl) {
    _ = controls.withLock { $0.removeValue(forKey: ObjectIdentifier(control)) }
  }

  /// Ends the process by a signal, as if it had not been caught.
  private static func end(by number: Int32) {
    signal(number, SIG_DFL)
    // Dispatch blocks the signals that it waits for, in every thread that was hit by one.
    var own = sigset_t()
    // Sound: a set of ours, for the length of each call.
    unsafe sigemptyset(&own)
    unsafe sigaddset(&own, number)
    unsafe pthread_sigmask(SIG_UNBLOCK, &own, nil)
    kill(getpid(), number)
  }

  private static func closeAll() {
    for control in controls.withLock({ Array($0.values) }) { control.close() }
  }
}
