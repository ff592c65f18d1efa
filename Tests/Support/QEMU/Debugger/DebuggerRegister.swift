/// A register as the debugger stub numbers it.
struct DebuggerRegister {
  var number: Int
  var bitCount: Int
}
