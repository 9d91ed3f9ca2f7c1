/// Cuts a file's statements into units as they are read.
struct UnitReader {
    /// A unit with its statements.
    struct Piece {
        let unit: Unit
        let statements: [Statement]
        /// What tells all statements before it from others, and all up to its end.
        let before, chain: StatementChain

        /// The statements that are marked as begun together, where the unit is.
        var begun: [Statement] { unit.kind == .series ? statements : Array(statements.prefix(1)) }
    }

    /// How the units of one file are made.
    struct Rules {
        let kind: (Statement) -> StatementKind
        /// The number of the last statement that ends a transaction; one that begins behind it has no
        /// end.
        let lastEnd: Int?
        /// The statements that begin and end a transaction which another one in it ends before.
        var brackets: Set<Int> = []
        /// How many bytes of statements may share one transaction with one mark, and how many of a
        /// longer transaction are in memory at once; `nil` where each has its own.
        var limit: Int?
        /// The first statement that may share one.
        var sharesFrom = 0
        /// The object that a statement adds, if it does no more; additions behind each other that take
        /// no time are marked together.
        var addition: (Statement) -> Addition? = { _ in nil }
        /// Whether a statement writes rows that no transaction holds.
        var isLonely: (Statement) -> Bool = { _ in false }
        /// The first statements of transactions in which one does.
        var lonely: Set<Int> = []
    }

    /// An object that a statement adds.
    struct Addition {
        /// What tells it from others.
        let key: String
        let definition: Definition
    }

    private var rules: Rules
    private var statements: StatementReader
    private var ahead: Statement?
    private var index = 0
    private var chain = StatementChain()
    /// The transaction that the last piece has left open.
    private var open: Unit.Kind?

    init(_ statements: StatementReader, _ rules: Rules) {
        (self.statements, self.rules) = (statements, rules)
    }

    /// The next unit, or `nil` behind the last; throws 78 where a large file has changed.
    mutating func next() throws(Failure) -> Piece? {
        guard let first = try peek() else { return nil }
        let (start, kind) = (index, rules.kind(first))
        if let open { return try transaction(from: start, open, continues: true) }
        guard !rules.brackets.contains(start) else { return try single(.left) }
        switch kind {
        case .session: return try single(.session)
        case .left: return try single(.left)
        case .repeatable: return try single(.repeatable)
        case .alone, .ends: return try series(from: start)
        case .transactional where rules.isLonely(first): return try single(.alone)
        case .transactional: return try group(from: start)
        case .begins where rules.lastEnd.map({ $0 > start }) ?? false:
            let isLonely = rules.lonely.contains(start)
            return try transaction(from: start, isLonely ? .alone : .transaction, continues: false)
        // Without its end it is one statement like any other; the engine will object.
        case .begins: return try single(.alone)
        }
    }

    private mutating func single(_ kind: Unit.Kind) throws(Failure) -> Piece {
        let (start, before) = (index, chain)
        let statements = try take().map { [$0] } ?? []
        return piece(kind, from: start, before, statements)
    }

    /// Data statements behind each other share one transaction with one mark, where that is asked for.
    private mutating func group(from start: Int) throws(Failure) -> Piece {
        let before = chain
        var statements = try take().map { [$0] } ?? []
        var size = statements.reduce(0) { $0 + $1.text.utf8.count }
        while start >= rules.sharesFrom, size < rules.limit ?? 0, let next = try peek(),
            rules.kind(next) == .transactional, !rules.isLonely(next)
        {
            size += next.text.utf8.count
            statements += try take().map { [$0] } ?? []
        }
        return piece(.atomic, from: start, before, statements)
    }

    /// How many additions are marked together.
    ///
    /// A mark for each costs MariaDB as much as the addition; one for sixteen, a twentieth. More would
    /// gain little, and a look at how far a migration has come would see it stand still.
    private static let longestSeries = 16

    /// Additions behind each other, as long as each is another object; or the one statement.
    private mutating func series(from start: Int) throws(Failure) -> Piece {
        let before = chain
        var statements: [Statement] = []
        var (keys, tables) = (Set<String>(), Set<String>())
        while start >= rules.sharesFrom, statements.count < Self.longestSeries,
            let next = try peek(), rules.kind(next) == .alone, let addition = rules.addition(next),
            addition.definition.takesNoTime(beside: tables),
            // A server may take names for the same that differ in case.
            keys.insert(addition.key.lowercased()).inserted
        {
            if case .table(let name) = addition.definition { tables.insert(name) }
            statements += try take().map { [$0] } ?? []
        }
        if statements.isEmpty { statements += try take().map { [$0] } ?? [] }
        guard statements.count > 1 else { return piece(.alone, from: start, before, statements) }
        return piece(.series, from: start, before, statements)
    }

    /// The file's own transaction, or as much of it as may be in memory.
    private mutating func transaction(
        from start: Int, _ kind: Unit.Kind, continues: Bool
    ) throws(Failure) -> Piece {
        var (statements, size) = ([Statement](), 0)
        let before = chain
        open = kind
        while size < rules.limit ?? .max, let next = try take() {
            statements.append(next)
            size += next.text.utf8.count
            guard rules.kind(next) == .ends else { continue }
            open = nil
            break
        }
        var unit = Unit(kind: kind, statements: start..<index)
        (unit.continues, unit.goesOn) = (continues, open != nil)
        return Piece(unit: unit, statements: statements, before: before, chain: chain)
    }

    private func piece(
        _ kind: Unit.Kind, from start: Int, _ before: StatementChain, _ statements: [Statement]
    ) -> Piece {
        Piece(
            unit: Unit(kind: kind, statements: start..<index), statements: statements,
            before: before, chain: chain)
    }

    private mutating func peek() throws(Failure) -> Statement? {
        if ahead == nil { ahead = try statements.next() }
        return ahead
    }

    private mutating func take() throws(Failure) -> Statement? {
        guard let statement = try peek() else { return nil }
        ahead = nil
        index += 1
        chain.add(statement)
        return statement
    }
}
