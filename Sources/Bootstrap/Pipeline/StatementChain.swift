import Crypto

/// What tells the first statements of a file from others: a hash over the hash of each, as short for a
/// million of them as for one.
struct StatementChain: Equatable {
    /// 64 hexadecimal digits.
    private(set) var text: String

    /// The chain of no statement.
    init() { text = String(repeating: "0", count: 64) }

    /// A chain that was written down.
    init(_ text: String) { self.text = text }

    /// Goes on with the next statement.
    mutating func add(_ statement: Statement) { add(Self.link(statement)) }

    /// The same by its hash.
    mutating func add(_ link: String) {
        text = SourceFile.hexadecimal(SHA256.hash(data: Array((text + link).utf8)))
    }

    /// The hash of one statement.
    static func link(_ statement: Statement) -> String {
        var text = statement.text
        return text.withUTF8 {
            SourceFile.hexadecimal(SHA256.hash(data: UnsafeRawBufferPointer($0)))
        }
    }
}

/// What an unfinished migration's row remembers of its statements.
struct Recollection {
    /// How the statements are told that are done, and those that have begun.
    fileprivate enum Memory: Equatable {
        case chain(StatementChain, next: [String])
        /// A hash per statement, as earlier versions wrote them.
        case list([String])
        /// A person has answered what became of a statement in the midst of others.
        case nothing
    }

    fileprivate let memory: Memory
    /// What was there before the statements in flight, as their footprints' states gave it.
    let definitions: String?
    /// How many statements are done.
    private let done: Int

    init(of row: Applied, _ application: Application, at site: Site) throws(Failure) {
        do throws(DatabaseError) {
            try self.init(of: row, site.history, site.connection)
        } catch {
            throw Failure(
                application, statement: nil, error, product: site.product,
                state: "Nothing was changed now.")
        }
    }

    init(
        of row: Applied, _ history: History, _ connection: any Connection
    ) throws(DatabaseError) {
        let found = try connection.run(history.recollection(row)).first
        memory = Memory(found?[0].text ?? "")
        definitions = found?[1].text
        done = found?[2].integer.map(Int.init) ?? 0
    }

    /// What a row is to remember: the statements that are done, and those that begin now.
    static func text(_ done: StatementChain, begins statements: [Statement] = []) -> String {
        ([done.text] + statements.map(StatementChain.link)).joined(separator: " ")
    }

    /// The numbers, from 0, of the statements that had begun together.
    var begun: Range<Int> {
        guard case .chain(_, let next) = memory else { return done..<done + 1 }
        return done..<done + max(1, next.count)
    }

    /// What the row is to remember where one of those that had begun together, at `index` from 0, has
    /// failed: the ones before it are done.
    func text(failingAt index: Int) -> String {
        guard case .chain(var chain, let next) = memory else { return "" }
        for link in next.prefix(index - done) { chain.add(link) }
        return ([chain.text] + next.dropFirst(index - done).prefix(1)).joined(separator: " ")
    }

    /// What the row is to remember once a person has said how many statements are done.
    func text(answering answer: Int) -> String {
        switch memory {
        case .list(let hashes): return hashes.joined(separator: " ")
        case .chain(let chain, _) where answer == done: return chain.text
        case .chain(var chain, let next) where answer == done + 1 && !next.isEmpty:
            chain.add(next[0])
            return chain.text
        case .chain, .nothing: return ""
        }
    }

    /// Whether the first statements of a file are the ones that are done.
    func isBeginning(of statements: StatementReader) throws(Failure) -> Bool {
        guard done > 0, memory != .nothing else { return true }
        var (statements, chain) = (statements, StatementChain())
        for index in 0..<done {
            guard let statement = try statements.next() else { return false }
            if case .list(let hashes) = memory {
                guard isSame(statement, at: index, in: hashes) else { return false }
            } else {
                chain.add(statement)
            }
        }
        guard case .chain(let known, _) = memory else { return true }
        return known == chain
    }

    /// Whether the statement at `index`, from 0, is the one that had begun there.
    func isSame(_ statement: Statement, at index: Int) -> Bool {
        switch memory {
        case .chain(_, let next):
            next.indices.contains(index - done)
                && next[index - done] == StatementChain.link(statement)
        case .list(let hashes): isSame(statement, at: index, in: hashes)
        case .nothing: false
        }
    }

    private func isSame(_ statement: Statement, at index: Int, in hashes: [String]) -> Bool {
        hashes.indices.contains(index) && StatementChain.link(statement).hasPrefix(hashes[index])
    }
}

extension Recollection.Memory {
    init(_ text: String) {
        let words = text.split(separator: " ").map(String.init)
        switch words.first?.utf8.count {
        case nil: self = .nothing
        case 64: self = .chain(StatementChain(words[0]), next: Array(words.dropFirst()))
        default: self = .list(words)
        }
    }
}
