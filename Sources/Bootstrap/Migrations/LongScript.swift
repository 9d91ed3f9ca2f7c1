import Glibc

/// A large file's statements for one server: judged once, as those of a small file are, and cut anew
/// each time that they are read.
struct LongScript: Sendable {
    private let file: LargeFile
    private let body: MigrationBody
    private let dialect: Dialect
    /// What stands for the placeholders of a portable file.
    private let values: PortableValues?
    /// Which statements run, of those that are for this server: not a BEGIN and a COMMIT around them.
    private let range: Range<Int>
    /// The number of the last statement that ends a transaction of the file's own.
    let lastEnd: Int?
    /// The numbers of the statements around transactions that one in them ends before.
    let brackets: Set<Int>
    /// The tables that statements write to whose rows share a transaction with their mark.
    let tables: [TableName]
    /// The file's fingerprint, which the judging has brought with it.
    let fingerprint: String

    /// How many statements run.
    var count: Int { range.count }

    /// How many bytes of statements are in flight at once.
    static let chunk = 1 << 18

    /// Reads the whole file, and throws 65 with the place of whatever no run should begin with.
    init(
        _ file: LargeFile, _ body: MigrationBody, _ dialect: Dialect, _ settings: Settings
    ) throws(Failure) {
        (self.file, self.body, self.dialect) = (file, body, dialect)
        let isPortable = body.directives.contains(.portable)
        values = isPortable ? PortableValues(dialect: dialect, settings: settings) : nil
        var trial = Trial(body, dialect, values)
        var cutter = try Self.cutter(file, body, dialect)
        while let cut = try cutter.next() { try trial.see(cut) }
        range = try trial.verdict()
        (lastEnd, tables) = (trial.lastEnd.map { [range] in $0 - range.lowerBound }, trial.tables)
        brackets = trial.broken.brackets
        fingerprint = trial.fingerprint
    }

    fileprivate static func cutter(
        _ file: LargeFile, _ body: MigrationBody, _ dialect: Dialect
    ) throws(Failure) -> Cutter {
        Cutter(
            try TextWindow(file), file: file.path, rules: body.rules(dialect.lexical),
            known: body.knownEngines)
    }

    /// Reads the statements from the first on.
    func reader() throws(Failure) -> Reader { try Reader(self) }

    /// Throws 78 where the file is no longer what was judged.
    func check() throws(Failure) { try file.check() }

    /// The statements, one behind the other.
    struct Reader {
        private let script: LongScript
        private var cutter: Cutter
        private let names: Set<String>
        /// How many statements for this server have been read.
        private var count = 0

        fileprivate init(_ script: LongScript) throws(Failure) {
            self.script = script
            cutter = try LongScript.cutter(script.file, script.body, script.dialect)
            names = script.dialect.names
        }

        /// The next statement, or `nil` behind the last; throws 78 where the file has changed.
        mutating func next() throws(Failure) -> Statement? { try read()?.statement }

        /// The next one, as it was cut and as it runs, and where in its text values stand.
        fileprivate mutating func read() throws(Failure) -> (
            cut: Cut, statement: Statement, edits: [Script.Edit]
        )? {
            while count < script.range.upperBound, let cut = try cutter.next() {
                guard cut.isMeant(for: names) else { continue }
                count += 1
                if count <= script.range.lowerBound { continue }
                var statement = cut.statement
                guard let values = script.values else { return (cut, statement, []) }
                var missing: [Script.Missing] = []
                let edits = try values.putIn(
                    to: &statement, file: cut.place.file, script.rules, &missing)
                return (cut, statement, edits)
            }
            try script.check()
            return nil
        }

        /// The next statements, of about `size` bytes together and one at least; none behind the last.
        mutating func chunk(of size: Int) throws(Failure) -> [Statement] {
            var (chunk, total) = ([Statement](), 0)
            while total < size, let statement = try next() {
                chunk.append(statement)
                total += statement.text.utf8.count
            }
            return chunk
        }
    }

    fileprivate var rules: LexicalRules { body.rules(dialect.lexical) }
}

extension LongScript {
    /// The statement at `index`, from 0, or `nil` where there is none.
    func statement(at index: Int) throws(Failure) -> Statement? {
        var reader = try reader()
        for _ in 0..<index { guard try reader.next() != nil else { return nil } }
        return try reader.next()
    }

    /// The statement at `index` as it may be shown, and `failure` at its place.
    func shown(_ failure: Failure, at index: Int, position: Int?) -> Failure {
        var failure = failure
        guard var reader = try? reader() else { return failure }
        for _ in 0..<index { guard (try? reader.next()) != nil else { return failure } }
        guard let (cut, sent, edits) = try? reader.read() else { return failure }
        for edit in edits { failure.hide(edit, of: sent) }
        let statement = cut.statement
        failure.place =
            position.map { Script.place(of: $0, in: statement, cut.place, edits) } ?? cut.place
        return cut.shown(failure, rules)
    }
}

extension Cut {
    /// Whether it is for an engine that has one of these names.
    func isMeant(for names: Set<String>) -> Bool {
        only.map { !names.isDisjoint(with: $0) } ?? true
    }
}

extension Dialect {
    /// The names that a statement may be meant for on this server.
    var names: Set<String> { Set(variants + [engine]) }
}

/// The judging of a large file: all that a small file's statements are asked, in one walk.
///
/// Of several mistakes the one is told that a small file's would be: first what cannot be cut, then
/// placeholders, then what has no place in a transaction or beside marks.
private struct Trial {
    private let body: MigrationBody
    private let dialect: Dialect
    private let values: PortableValues?
    private let names: Set<String>
    private let rules: LexicalRules
    private let isInTransaction: Bool
    private var tokens: Fingerprint
    private var count = 0
    private var missing: [Script.Missing] = []
    /// The first of them, as it is shown.
    private var shownMissing: Failure?
    private var placeholders: Failure?
    /// The first statement that has no place in the file, and the first of them that does not control
    /// a transaction.
    private var conflict: Failure?
    private var problem: Failure?
    /// The last statement that controls one, where it leaves one open.
    private var openEnd: Failure?
    /// How many statements control a transaction, and whether the first and the last of all do.
    private var controls = 0
    private var opens = false
    private var ends = false
    private(set) var lastEnd: Int?
    private(set) var broken = BrokenTransactions()
    private(set) var tables: [TableName] = []
    private var known: Set<TableName> = []
    /// How the last INSERT began, up to its columns: mostly the next begins the same way.
    private var head: [UInt8] = []

    init(_ body: MigrationBody, _ dialect: Dialect, _ values: PortableValues?) {
        (self.body, self.dialect, self.values) = (body, dialect, values)
        names = dialect.names
        rules = body.rules(dialect.lexical)
        isInTransaction = dialect.rollsBackDDL && !body.directives.contains(.noTransaction)
        tokens = Fingerprint(directives: body.directives)
    }

    var fingerprint: String { tokens.text }

    /// The statements that run; throws the mistake that counts.
    mutating func verdict() throws(Failure) -> Range<Int> {
        tokens.finish()
        if let placeholders { throw placeholders }
        if var failure = missing.failure {
            (failure.excerpt, failure.caret) = (shownMissing?.excerpt, shownMissing?.caret)
            throw failure
        }
        if isInTransaction, count > 1, opens, ends, controls == 2 {
            if let problem { throw problem }
            return 1..<count - 1
        }
        if let conflict = conflict ?? openEnd { throw conflict }
        return 0..<count
    }

    mutating func see(_ cut: Cut) throws(Failure) {
        do { try tokens.add(cut) } catch let error as Failure { throw error } catch {
            // What the cutter has read, it reads again.
        }
        guard cut.isMeant(for: names) else { return }
        defer { count += 1 }
        let bytes = cut.bytes[cut.range]
        let isPlain = bytes.begins(with: "INSERT") || bytes.begins(with: "COPY")
        if placeholders == nil, values != nil || bytes.containsDollar { expand(cut) }
        guard !isPlain else { return seeRows(cut) }
        let statement = cut.statement
        if statement.kind(for: dialect) == .ends { lastEnd = count }
        if !dialect.rollsBackDDL { broken.see(statement, count, on: dialect) }
        see(statement, cut)
        note(statement)
    }

    /// The usual statement of a large file.
    private mutating func seeRows(_ cut: Cut) {
        ends = false
        guard !dialect.rollsBackDDL else { return }
        if conflict == nil, cut.bytes[cut.range].mentions("RELEASE_ALL_LOCKS") {
            conflict = cut.statement.refusal(rules).map { cut.shown($0, rules) }
        }
        let bytes = cut.bytes[cut.range]
        guard !bytes.starts(with: head) || head.isEmpty else { return }
        note(Statement(String(decoding: bytes.prefix(8192), as: UTF8.self)))
        let columns = bytes.firstIndex(of: Byte.openParenthesis)
        head = columns.map { Array(bytes[...$0]) } ?? []
    }

    private mutating func see(_ statement: Statement, _ cut: Cut) {
        if !dialect.rollsBackDDL, conflict == nil {
            conflict = statement.refusal(rules).map { cut.shown($0, rules) }
        }
        let isControl = statement.transactionControl != nil
        guard isInTransaction else {
            guard isControl || openEnd != nil && statement.endsTransactionItself(on: dialect) else {
                return
            }
            return openEnd = statement.leavesTransaction ? cut.shown(statement.openEnd, rules) : nil
        }
        if isControl { controls += 1 }
        if count == 0 { opens = statement.opensPlainTransaction }
        ends = isControl && statement.endsPlainTransaction
        guard conflict == nil || problem == nil && !isControl,
            let found = statement.conflict(
                foreignKeysOff: body.directives.contains(.foreignKeysOff))
        else { return }
        let shown = cut.shown(found, rules)
        conflict = conflict ?? shown
        if !isControl { problem = problem ?? shown }
    }

    /// Notes which tables it writes to.
    private mutating func note(_ statement: Statement) {
        guard let catalogue = dialect.catalogue, catalogue.lacksTransactions != nil else { return }
        for table in catalogue.writes(statement) where known.insert(table).inserted {
            tables.append(table)
        }
    }

    /// Looks whether its placeholders have values, or whether it may have none at all.
    private mutating func expand(_ cut: Cut) {
        guard let values else {
            placeholders = cut.statement.placeholder(rules).map { cut.shown($0, rules) }
            return
        }
        var statement = cut.statement
        let known = missing.count
        do throws(Failure) {
            _ = try values.putIn(to: &statement, file: cut.place.file, rules, &missing)
        } catch {
            placeholders = cut.shown(error, rules)
        }
        if known == 0 { shownMissing = missing.failure.map { cut.shown($0, rules) } }
        // Each is named once.
        let names = Set(missing.prefix(known).map(\.name))
        missing =
            missing.prefix(known)
            + missing.dropFirst(known).filter { !names.contains($0.name) }
    }
}

extension ArraySlice<UInt8> {
    /// Whether the word stands at the beginning, in any case.
    fileprivate func begins(with word: StaticString) -> Bool {
        let length = word.utf8CodeUnitCount
        guard count > length, !Byte.isName(self[startIndex + length]) else { return false }
        for index in 0..<length
        where Byte.upper(self[startIndex + index]) != word.utf8Start[index] {
            return false
        }
        return true
    }

    fileprivate var containsDollar: Bool {
        withUnsafeBytes { bytes in
            bytes.baseAddress.map { memchr($0, Int32(Byte.dollar), bytes.count) != nil } ?? false
        }
    }

    /// Whether the text stands anywhere, in any case.
    fileprivate func mentions(_ text: StaticString) -> Bool {
        withUnsafeBufferPointer { bytes in
            let length = text.utf8CodeUnitCount
            guard bytes.count >= length else { return false }
            let (first, start) = (text.utf8Start[0], text.utf8Start)
            for index in 0...(bytes.count - length) where bytes[index] & 0xdf == first {
                if (1..<length).allSatisfy({ Byte.upper(bytes[index + $0]) == start[$0] }) {
                    return true
                }
            }
            return false
        }
    }
}
