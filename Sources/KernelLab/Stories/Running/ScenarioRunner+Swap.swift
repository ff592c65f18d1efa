extension ScenarioRunner {
  mutating func changeSwap(_ action: Action, into record: inout ActionRecord) throws(MachineError) {
    switch action {
    case .swapon(let name, let size):
      let type = try checked(machine.swapon(name, byteCount: size.value(addresses)), "swapon")
      let slots = machine.swap.devices[Int(type)]?.slotCount ?? 0
      say("\(name) is swap device \(type), of \(slots) pages", &record)
    case .swapoff(let name): _ = try checked(machine.swapoff(name), "swapoff")
    case .reclaim(let pages):
      let count = machine.reclaim(Int(clamping: pages.value(addresses)))
      say("\(count) frames became free", &record)
    default: break
    }
  }
}
