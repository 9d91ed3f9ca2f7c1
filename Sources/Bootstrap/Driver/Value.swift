/// One value on its way into or out of a database.
///
/// Five shapes are enough, because the type of the *column* decides what a value means: a date, a
/// UUID or a decimal travels as its text, unchanged to the last digit.
public enum Value: Sendable, Hashable {
    /// SQL's NULL.
    case null
    /// A whole number; booleans of engines that have no boolean type are 0 and 1.
    case integer(Int64)
    /// A binary floating point number.
    case real(Double)
    /// Text, and every type that has no shape of its own here, as the engine writes it.
    case text(String)
    /// Raw bytes: `bytea`, `BLOB`.
    case bytes([UInt8])
}

extension Value {
    /// The text of this value as a person would read it; `nil` for NULL and for raw bytes.
    public var text: String? {
        switch self {
        case .null, .bytes: nil
        case .integer(let number): String(number)
        case .real(let number): String(number)
        case .text(let text): text
        }
    }

    /// This value as a whole number, also from the text of one; `nil` where it is none.
    public var integer: Int64? {
        switch self {
        case .integer(let number): number
        case .text(let text): Int64(text)
        case .null, .real, .bytes: nil
        }
    }

    /// Whether this value is true in SQL's sense: a number other than 0, or PostgreSQL's `t`.
    public var isTrue: Bool {
        switch self {
        case .null, .bytes: false
        case .integer(let number): number != 0
        case .real(let number): number != 0
        case .text(let text): text == "t" || text == "true" || (Int64(text) ?? 0) != 0
        }
    }
}

extension Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByNilLiteral {
    /// A text value.
    public init(stringLiteral text: String) { self = .text(text) }
    /// A whole number.
    public init(integerLiteral number: Int64) { self = .integer(number) }
    /// SQL's NULL.
    public init(nilLiteral: ()) { self = .null }

    /// A text value, or NULL for `nil`.
    public init(_ text: String?) { self = text.map(Value.text) ?? .null }
    /// A whole number, or NULL for `nil`.
    public init(_ number: Int?) { self = number.map { .integer(Int64($0)) } ?? .null }
}
