/// What a BTF type is (Linux, include/uapi/linux/btf.h; Documentation/bpf/btf.rst).
enum BTFKind: UInt8 {
  case integer = 1
  case pointer
  case array
  case structure
  case union
  case enumeration
  case forward
  case typedef
  case volatile
  case const
  case restrict
  case function
  case functionPrototype
  case variable
  case dataSection
  case float
  case declarationTag
  case typeTag
  case enumeration64

  /// The bytes behind the 12 that each type has, for `count` members, values or parameters.
  func trailingByteCount(_ count: Int) -> Int {
    switch self {
    case .integer, .variable, .declarationTag: 4
    case .array: 12
    case .structure, .union, .dataSection, .enumeration64: 12 * count
    case .enumeration, .functionPrototype: 8 * count
    default: 0
    }
  }

  /// Whether the third word is another type's number; otherwise it is a size, or nothing.
  var refersToType: Bool {
    switch self {
    case .pointer, .typedef, .volatile, .const, .restrict, .function, .functionPrototype, .variable,
      .declarationTag, .typeTag:
      true
    default: false
    }
  }

  /// Whether it is another name or a qualification of a type.
  var isModifier: Bool {
    switch self {
    case .typedef, .volatile, .const, .restrict, .typeTag: true
    default: false
    }
  }

  /// Whether it defines something with a size by name.
  var isDefinition: Bool {
    switch self {
    case .integer, .structure, .union, .enumeration, .enumeration64, .typedef, .float: true
    default: false
    }
  }
}
