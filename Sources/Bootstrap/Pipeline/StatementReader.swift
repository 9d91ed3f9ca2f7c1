/// A migration's file, cut for one server and judged.
enum CutFile {
    case whole(Script)
    case long(LongScript)
}

extension MigrationBody {
    /// The file's statements, kept, or of a large file cut anew on each walk; `nil` for code.
    func cut(for dialect: Dialect, settings: Settings) throws(Failure) -> CutFile? {
        guard code == nil else { return nil }
        switch text {
        case .whole: return .whole(try script(for: dialect, settings: settings))
        case .large(let file): return .long(try LongScript(file, self, dialect, settings))
        }
    }

    /// Throws 65 with the place of whatever no run should begin with.
    package func check(for dialect: Dialect, settings: Settings) throws(Failure) {
        _ = try cut(for: dialect, settings: settings)
    }
}

/// A migration's statements, one behind the other, from wherever they are.
enum StatementReader {
    case whole(ArraySlice<Statement>)
    case long(LongScript.Reader)

    init(_ file: CutFile?) throws(Failure) {
        switch file {
        case nil: self = .whole([])
        case .whole(let script): self = .whole(script.statements[...])
        case .long(let script): self = .long(try script.reader())
        }
    }

    /// The next one, or `nil` behind the last; throws 78 where a large file has changed.
    mutating func next() throws(Failure) -> Statement? {
        switch self {
        case .whole(var rest):
            self = .whole([])
            defer { self = .whole(rest) }
            return rest.popFirst()
        case .long(var reader):
            self = .whole([])
            defer { self = .long(reader) }
            return try reader.next()
        }
    }
}
