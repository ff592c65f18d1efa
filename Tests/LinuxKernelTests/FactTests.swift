import LinuxKernel
import Testing

@Suite("Facts keep everything that was said about them")
struct FactTests {
  let shape = Evidence(.shape, "the list closes")
  let btf = Evidence(.btf, "task_struct.mm")

  @Test("what agrees and what disagrees are kept apart")
  func weighing() {
    var fact = Fact(0x8e8, shape)
    fact.weigh(0x8e8, btf)
    fact.weigh(0x8f0, Evidence(.user, "--offset"))
    #expect(fact.value == 0x8e8)
    #expect(fact.agreeing == [btf])
    #expect(fact.disagreeing.map(\.value) == [0x8f0])
  }

  @Test("an overruled value stays on record as a dissent")
  func overruling() {
    var fact = Fact(0x8e8, shape)
    fact.weigh(0x8f0, btf)
    fact.overrule(0x8f0, Evidence(.user, "--offset task_struct.mm=0x8f0"))
    #expect(fact.value == 0x8f0)
    #expect(fact.evidence.method == .user)
    #expect(fact.agreeing == [btf])
    #expect(fact.disagreeing == [.init(value: 0x8e8, evidence: shape)])
  }
}
