import KernelLab
import PageTables
import Testing

@Suite("Profiles")
struct ProfileTests {
  @Test(
    "every profile boots, and the walker finds the linear map's first and last byte", arguments: Profile.names
  )
  func boots(name: String) throws {
    let profile = try #require(Profile.named(name))
    let machine = try Machine.boot(profile)
    let linear = machine.layout.linear
    #expect(!linear.isEmpty)
    let walker = Walker(format: profile.format, root: machine.kernel.root)
    for address in [linear.lowerBound, linear.upperBound - 1] {
      let mapping = walker.translate(VirtualAddress(address), in: machine.memory).mapping
      if profile.hasLinearSegment {
        #expect(mapping == nil)
      } else {
        let physical = address - linear.lowerBound + profile.ramBase
        #expect(mapping?.physical.rawValue == physical, "\(String(address, radix: 16))")
        #expect(mapping?.access.intersects(.user) == false)
      }
    }
  }
}
