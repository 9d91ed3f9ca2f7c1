/// The transactions of a file's own that a statement in them ends without saying so, as DDL does on
/// MariaDB: what stands before it is committed by then, and what stands behind it is in none.
///
/// One mark at their COMMIT would be that of half of them. Without their BEGIN and COMMIT, which hold
/// nothing together, each of their statements has its own.
struct BrokenTransactions {
    /// The numbers of their BEGIN and COMMIT.
    private(set) var brackets: Set<Int> = []
    /// The BEGIN of the one that is open.
    private var open: Int?
    private var isBroken = false

    init() {}

    /// Those in a file's statements.
    init(in statements: [Statement], on dialect: Dialect) {
        guard !dialect.rollsBackDDL else { return }
        for (index, statement) in statements.enumerated() { see(statement, index, on: dialect) }
    }

    /// Takes the next statement in; those that hold rows alone may be left out.
    mutating func see(_ statement: Statement, _ index: Int, on dialect: Dialect) {
        switch statement.kind(for: dialect) {
        case .begins:
            // It ends the one before, which has no end of its own.
            if let open { brackets.insert(open) }
            (open, isBroken) = (index, false)
        case .ends:
            if let open, isBroken { brackets.formUnion([open, index]) }
            (open, isBroken) = (nil, false)
        case .alone, .repeatable:
            isBroken = isBroken || open != nil && statement.endsTransactionItself(on: dialect)
        case .session, .transactional, .left: break
        }
    }
}
