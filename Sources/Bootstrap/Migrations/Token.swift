/// One piece of a script: what it is, and which bytes it covers.
struct Token: Equatable {
    var kind: Kind
    var start: Int
    var end: Int

    enum Kind: UInt8 {
        /// A keyword or an unquoted name.
        case word
        /// A number.
        case number
        /// `'…'`, with the letters before it that belong to it (`E`, `U&`, `N`, `_utf8`).
        case string
        /// `"…"`, `` `…` `` or `[…]`.
        case name
        /// `$$ … $$`.
        case dollar
        /// An operator or another mark.
        case symbol
        /// `;` where it may end a statement.
        case semicolon
        /// What a DELIMITER line named.
        case delimiter
        /// `-- …`, `# …`, `/* … */`.
        case comment
        /// `/*+ … */`, which the planner reads.
        case hint
        /// `/*!50003` or `/*M!100100`: what follows is code.
        case executableOpen
        /// The `*/` of such a comment.
        case executableClose
        /// `${name}`.
        case placeholder
        /// A backslash outside of quotes, where the engine knows none.
        case backslash
    }
}

/// Text that ends inside of something that has to be closed, or holds what no engine reads.
struct LexicalError: Error {
    var offset: Int
    var headline: String
    /// What to do about it, as whole sentences.
    var next: String?
}
