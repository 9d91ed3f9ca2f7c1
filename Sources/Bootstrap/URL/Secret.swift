/// A text that must never be shown: it prints as `***` wherever it is printed by accident.
public struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    private let text: String

    /// Wraps a text that must not be shown.
    public init(_ text: String) { self.text = text }

    /// The text itself; the name makes every use easy to find.
    public func reveal() -> String { text }

    /// Always `***`.
    public var description: String { "***" }
    /// Always `***`.
    public var debugDescription: String { "***" }
    /// Shows no children, so that `dump` shows nothing either.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
