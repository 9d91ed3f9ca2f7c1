/// What a statement changes in the server's catalogue: by it a later run can tell what became of a
/// statement whose answer nobody has heard.
///
/// The state of the objects is written down by the server itself, in the mark that the statement has
/// begun, so that it costs no round trip.
public struct Footprint: Sendable {
    /// An expression for the state of all objects that the statement names, as one text: the same as
    /// long as nothing about them changes, whatever rows come and go.
    public var state: String
    /// Works out from the state before the statement, and the state now, what became of it.
    public var judge: @Sendable (_ before: String, _ now: String) -> Outcome
    /// The one object that the statement adds, as ``Dialect/Catalogue/state`` takes it; `nil` where it
    /// does anything else.
    public var addition: String?

    /// What became of a statement.
    public enum Outcome: Sendable, Equatable {
        /// It took effect.
        case done
        /// It did nothing.
        case untouched
        /// It took effect in part; `rest` does what is left of it.
        case partly(rest: String)
        /// The states do not tell; a sentence says what was found: `t and u have changed places, or
        /// have not.`
        case unknown(String)

        var isKnown: Bool {
            if case .unknown = self { return false }
            return true
        }
    }

    /// A footprint; `judge` may be given the states of other objects beside its own.
    public init(
        state: String, addition: String? = nil,
        judge: @escaping @Sendable (_ before: String, _ now: String) -> Outcome
    ) {
        self.state = state
        self.addition = addition
        self.judge = judge
    }
}
