/// What another tool does with a file that we do not.
struct FileManner: Sendable {
    /// What of our own directives it asks for in its own way.
    var directives: Set<Directive> = []
    /// What ends its statements; empty for the semicolon.
    var delimiter: [UInt8] = []
    /// What values are put in for, before its text is cut.
    var placeholders = Placeholders.none
    /// Whether it is another tool's file, whose author knew none of our directives.
    var isForeign = false
    /// Whether the tool sends a statement that stands alone outside of any transaction.
    var sendsAlone = false
}

extension FileManner {
    /// All directives that hold for a file: those that are `written` in it, or in a part of it, those
    /// that its tool asks for, and those that its author would have written had he known ours.
    ///
    /// A file in which each statement is one that engines refuse in a transaction has `no-transaction`,
    /// where its tool would send it alone, and so has a part that ends its tool's transaction before such
    /// statements; one that turns SQLite's foreign keys off, `foreign-keys-off`.
    func directives(
        of source: SourceFile, _ written: Set<Directive>, in part: [Range<Int>]?
    ) -> Set<Directive> {
        let asked = written.union(directives)
        guard isForeign, !asked.contains(.noTransaction) else { return asked }
        return asked.union(needed(by: source, in: part))
    }

    private func needed(by source: SourceFile, in part: [Range<Int>]?) -> Set<Directive> {
        let mayStandAlone =
            (sendsAlone || part != nil) && Self.alone.contains { $0.isIn(source.bytes) }
        guard mayStandAlone || Self.foreignKeys.isIn(source.bytes) else { return [] }
        let text = part.map(source.blanked) ?? source
        // What cannot be cut is told of when it is.
        guard
            let statements = try? Script(
                bytes: text.normalised, file: text.path, rules: .anyEngine
            ).statements, !statements.isEmpty
        else { return [] }
        let standsAlone =
            part == nil
            ? statements.allSatisfy(\.isRefusedInTransaction) : Self.isLeft(by: statements)
        if mayStandAlone, standsAlone { return [.noTransaction] }
        return statements.contains(where: \.turnsForeignKeysOff) ? [.foreignKeysOff] : []
    }

    /// Whether statements end the transaction that their tool has begun before all of them that cannot be
    /// in one, as in `COMMIT; CREATE INDEX CONCURRENTLY …; BEGIN`.
    private static func isLeft(by statements: [Statement]) -> Bool {
        var (isOpen, isLeft) = (true, false)
        for statement in statements {
            if statement.transactionControl != nil {
                let isNext =
                    isOpen ? statement.endsPlainTransaction : statement.opensPlainTransaction
                guard isNext else { return false }
                isOpen.toggle()
            } else if statement.isRefusedInTransaction {
                guard !isOpen else { return false }
                isLeft = true
            }
        }
        return isLeft
    }

    /// Words that stand in most statements that have to be alone.
    private static let alone = [
        ByteSearch("concurrently", ignoringCase: true), ByteSearch("vacuum", ignoringCase: true),
    ]

    private static let foreignKeys = ByteSearch("foreign_keys", ignoringCase: true)
}

extension Statement {
    /// Whether its engine refuses it in a transaction.
    fileprivate var isRefusedInTransaction: Bool {
        words.first != "PRAGMA" && transactionProblem(foreignKeysOff: false) != nil
    }

    /// Whether it sets SQLite's `foreign_keys`.
    var setsForeignKeys: Bool { foreignKeys != nil }

    fileprivate var turnsForeignKeysOff: Bool {
        ["off", "0", "false", "no"].contains(foreignKeys?.lowercased())
    }

    /// What it sets `foreign_keys` to; `nil` where it sets something else, or nothing.
    private var foreignKeys: String? {
        let words = words
        guard words.first == "PRAGMA", words.contains("FOREIGN_KEYS") else { return nil }
        let parts = text.split(whereSeparator: { " \t\r\n=()'\"".contains($0) })
        guard text.contains(where: { $0 == "=" || $0 == "(" }) else { return nil }
        return parts.last.map(String.init)
    }
}
