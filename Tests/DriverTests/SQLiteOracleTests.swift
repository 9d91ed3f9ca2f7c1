#if SQLite
import BootstrapTesting
import Glibc
import ScriptCorpus
import Testing

@testable import Bootstrap
@testable import BootstrapSQLite

/// SQLite's own parser as the judge: `sqlite3_complete`, and what `sqlite3_prepare_v2` leaves over.
@Suite struct SQLiteOracleTests {
    private static let rules = SQLiteDriver.dialect.lexical

    private func cut(_ text: String) throws -> Script {
        try Script(text, file: "x.sql", rules: Self.rules)
    }

    /// Whether a text ends with a complete statement. <https://www.sqlite.org/c3ref/complete.html>
    private func isComplete(_ text: some Sequence<UInt8>) throws -> Bool {
        let library = try SQLiteLibrary.shared.get()
        return Array(text.map { CChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer {
            library.complete($0.baseAddress) == 1
        }
    }

    static let seeds = [UInt64(0)..<100, 100..<200, 200..<300]
    static let scripts = Corpus.scripts(.sqlite).map { $0.text }
    static let known = CutCase.all(.sqlite).filter { $0.failure == nil }

    @Test(arguments: known)
    func `a known statement is complete at its own semicolon, and at none before`(
        _ known: CutCase
    ) throws {
        try expectComplete(known.text)
    }

    @Test(arguments: seeds)
    func `so is a generated one`(_ seeds: Range<UInt64>) throws {
        for seed in seeds {
            let style = GeneratedScript.Style(comments: true, seed: seed &+ 5)
            try expectComplete(GeneratedScript(.sqlite, seed: seed, style: style).text)
        }
    }

    @Test(arguments: scripts)
    func `so are those of whole scripts`(_ text: String) throws { try expectComplete(text) }

    private func expectComplete(_ text: String) throws {
        for statement in try cut(text).statements {
            let bytes = Array(statement.text.utf8)
            #expect(try !isComplete(bytes), "\(statement.text)")
            #expect(try isComplete(bytes + [Byte.semicolon]), "\(statement.text)")
            for index in bytes.indices where bytes[index] == Byte.semicolon {
                #expect(try !isComplete(bytes[...index]), "\(statement.text)")
            }
        }
    }

    // MARK: Tails

    /// What each statement is to the engine, in order: where `sqlite3_prepare_v2` begins to read, and
    /// where it stops.
    private func prepared(_ text: String) throws -> [Range<Int>] {
        let library = try SQLiteLibrary.shared.get()
        var connection: OpaquePointer?
        try #require(library.open(":memory:", &connection) == 0)
        defer { _ = library.close(connection) }
        let columns = #"CREATE TABLE t (a, b, größe, [a;b], ['], ["])"#
        try #require(library.exec(connection, columns, nil, nil, nil) == 0)
        return try text.withCString { start in
            let end = start + text.utf8.count
            var next = start
            var ranges: [Range<Int>] = []
            while next < end {
                var (statement, tail): (OpaquePointer?, UnsafePointer<CChar>?)
                let status = library.prepare(connection, next, -1, &statement, &tail)
                let rest = String(cString: next).prefix(200)
                try #require(
                    status == 0, "\(String(cString: library.message(connection))): \(rest)")
                let stop = try #require(tail)
                if statement != nil { ranges.append((next - start)..<(stop - start)) }
                _ = library.finalize(statement)
                next = stop
            }
            return ranges
        }
    }

    @Test(arguments: seeds)
    func `sqlite3_prepare_v2 stops where our statements end`(_ seeds: Range<UInt64>) throws {
        for seed in seeds {
            let style = GeneratedScript.Style(comments: true, seed: seed &+ 9)
            let text = GeneratedScript(.sqlite, seed: seed, style: style).text
            let (theirs, ours) = (try prepared(text), try cut(text).ranges)
            try #require(theirs.count == ours.count, "\(text)")
            for (their, our) in zip(theirs, ours) {
                #expect(their.lowerBound <= our.lowerBound && our.upperBound <= their.upperBound)
            }
        }
    }

    // MARK: Whole scripts

    @Test(arguments: scripts)
    func `a script does what sqlite3_exec does with it`(_ text: String) throws {
        let library = try SQLiteLibrary.shared.get()
        let theirs = try withContents { path in
            var connection: OpaquePointer?
            try #require(library.open(path, &connection) == 0)
            defer { _ = library.close(connection) }
            let status = library.exec(connection, text, nil, nil, nil)
            try #require(status == 0, "\(String(cString: library.message(connection)))")
        }
        let ours = try withContents { path in
            let connection = try SQLiteDriver(DatabaseURL(scheme: "sqlite", path: path)).connect(
                SessionSettings(), before: .now + .seconds(30))
            defer { connection.close() }
            for statement in try cut(text).statements { _ = try connection.run(statement.text) }
        }
        #expect(theirs.count > 5)
        #expect(ours == theirs)
    }

    /// The schema and the rows of a new database after `body` has worked on it.
    private func withContents(_ body: (String) throws -> Void) throws -> [[Value]] {
        try TestServer.sqlite.withDatabase { url in
            try body(url.path)
            let connection = try SQLiteDriver(url).connect(
                SessionSettings(), before: .now + .seconds(30))
            defer { connection.close() }
            let schema = try connection.run(
                "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name")
            let rows = try connection.run("SELECT * FROM customer ORDER BY id")
            return try schema + rows + connection.run("SELECT * FROM log ORDER BY rowid")
        }
    }

    @Test func `what SQLite takes for a comment up to the file's end is refused`() throws {
        #expect(try prepared("SELECT 1; /* open").count == 1)
        let failure = #expect(throws: Failure.self) { try cut("SELECT 1; /* open") }
        #expect(failure?.headline == "a comment that begins here is not closed")
    }
}

/// The functions of libsqlite3 that only these tests call.
private struct SQLiteLibrary: Sendable {
    typealias Complete = @convention(c) (UnsafePointer<CChar>?) -> Int32
    typealias Open =
        @convention(c) (UnsafePointer<CChar>, UnsafeMutablePointer<OpaquePointer?>)
        -> Int32
    typealias Close = @convention(c) (OpaquePointer?) -> Int32
    typealias Message = @convention(c) (OpaquePointer?) -> UnsafePointer<CChar>
    typealias Prepare =
        @convention(c) (
            OpaquePointer?, UnsafePointer<CChar>, Int32, UnsafeMutablePointer<OpaquePointer?>,
            UnsafeMutablePointer<UnsafePointer<CChar>?>
        ) -> Int32
    typealias Execute =
        @convention(c) (
            OpaquePointer?, UnsafePointer<CChar>, UnsafeRawPointer?, UnsafeRawPointer?,
            UnsafeRawPointer?
        ) -> Int32

    let complete: Complete
    let open: Open
    let close: Close
    let message: Message
    let prepare: Prepare
    let finalize: Close
    let exec: Execute

    /// The library that the driver loads, too.
    static let shared = Result { try SQLiteLibrary() }

    private init() throws {
        // The driver comes first: it tells the library what not to count, which only who loads it can.
        try TestServer.sqlite.withDatabase { try SQLiteTests.connect($0).close() }
        let library = try #require(dlopen("libsqlite3.so.0", RTLD_NOW))
        func function<Function>(_ name: String, _ type: Function.Type) throws -> Function {
            unsafeBitCast(try #require(dlsym(library, name)), to: type)
        }
        complete = try function("sqlite3_complete", Complete.self)
        open = try function("sqlite3_open", Open.self)
        close = try function("sqlite3_close", Close.self)
        message = try function("sqlite3_errmsg", Message.self)
        prepare = try function("sqlite3_prepare_v2", Prepare.self)
        finalize = try function("sqlite3_finalize", Close.self)
        exec = try function("sqlite3_exec", Execute.self)
    }
}
#endif
