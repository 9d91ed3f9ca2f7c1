import Testing

@testable import Bootstrap

/// goose's ENVSUB: variables of the environment in the text, as its library reads them.
@Suite struct GooseVariableTests: FormatTesting {
    private let settings = Settings([
        "A": Setting("a b"), "EMPTY": Setting(""), "HASH": Setting("0123456789"),
        "TWICE": Setting("$A ${A}"), "NAÏVE": Setting("n"), "X9_": Setting("x"),
        "WORD": Setting("grün"), "DB_PASSWORD": Setting("hunter2"),
    ])

    /// The text of a line below `ENVSUB ON`, behind `SELECT `.
    private func replaced(_ line: String, _ settings: Settings? = nil) throws -> String {
        let text = try ReplacedText(
            Array("-- +goose ENVSUB ON\nSELECT \(line)".utf8), file: "1_a.sql", as: .goose,
            settings ?? self.settings)
        return String(String(decoding: text.bytes, as: UTF8.self).dropFirst(7))
    }

    @Test(
        arguments: [
            // Without a variable nothing changes.
            ("", ""), ("a", "a"), ("100 $", "100 $"), (#"\"#, #"\"#), (#"\n"#, #"\n"#),
            // Plain ones; a value is not read again, and the longest name is meant.
            ("$A", "a b"), ("${A}", "a b"), ("x$A,${A}y", "xa b,a by"), ("'$A'", "'a b'"),
            ("$TWICE${TWICE}", "$A ${A}$A ${A}"), ("[$EMPTY]", "[]"), ("$X9_", "x"),
            ("$NAÏVE-", "n-"), ("$A”", "a b”"),
            // Dollar signs that are meant; other backslashes stay.
            ("$$A", "$A"), (#"\$A"#, "$A"), ("$${A}", "${A}"), (#"\${A}"#, "${A}"),
            (#"\\$A"#, #"\\a b"#), (#"\\\$A"#, #"\\$A"#), ("$$$$", "$$"), ("$(A)", "$(A)"),
            (#"\"# + "n$A", #"\"# + "na b"),
            // Defaults, of what is not set and of what is empty.
            ("${NO-x y}", "x y"), ("${NO:-x y}", "x y"), ("${A-x}", "a b"), ("${A:-x}", "a b"),
            ("[${EMPTY-x}]", "[]"), ("${EMPTY:-x}", "x"), ("[${NO-}]", "[]"), ("[${NO:-}]", "[]"),
            ("${NO:--1}", "-1"), ("${NO:-127}", "127"), ("${NO:-:{}}", ":{}"),
            ("${NO:-${NO-$A}}", "a b"), ("${NO:-<${EMPTY:-${A}}> $HASH}", "<a b> 0123456789"),
            (#"${NO:-\$A \\ $$}"#, #"$A \\ $"#), ("${A:-$NO${NO?why}}", "a b"),
            // Parts, in bytes; what is negative counts from the end.
            ("${HASH:0}", "0123456789"), ("${HASH:7}", "789"), ("${HASH: -3}", "789"),
            ("${HASH: -99}", "0123456789"), ("[${HASH:99}]", "[]"), ("${HASH:0:3}", "012"),
            ("${HASH:3:3}", "345"), ("${HASH:3:-3}", "3456"), ("[${HASH:3:0}]", "[]"),
            ("${HASH:7:99}", "789"), ("[${HASH:0:-99}]", "[]"), ("[${HASH:7:-7}]", "[]"),
            ("${HASH: -3: -1}", "78"), ("${HASH: +2 : 1 }", "2"), ("[${EMPTY:2:3}]", "[]"),
            ("${HASH:1:9223372036854775807}", "123456789"),
            ("${HASH:-9223372036854775808}", "0123456789"), ("${WORD:0:2}", "gr"),
            // What must be there.
            ("${A?why}", "a b"), ("[${EMPTY?why}]", "[]"),
        ])
    func `a line means what it means to goose`(_ line: String, _ expected: String) throws {
        #expect(try replaced(line) == expected)
    }

    @Test(
        arguments: [
            "$1", "$99x", "$_A", "${_A}", "${}", "${ A}", "$'", "$ x", "$-", "${A", "${A:", "${A:1",
            "${A:1:", "${A:1:2", "${A:1:2:3}", "${A:x}", "${A:}", "${A::1}", "${A:1:}", "${A:1 2}",
            "${A:?why}", "${A:=x}", "${A+x}", "${A=x}", "${A:-x", "${A-", "${A?", "${A:-${A}",
            "${HASH:99999999999999999999}", "${A!", "${A\t}",
        ])
    func `what goose could not read is told where it stands`(_ line: String) throws {
        let failure = try #require(throws: Failure.self) { try replaced("1, \(line)") }
        #expect(failure.status == .rejected)
        #expect(
            "\(failure)".contains("1_a.sql:2:11 goose could not read this as a variable"),
            "\(failure)")
    }

    @Test func `one in the middle of a default is told where it begins`() throws {
        let failure = try #require(throws: Failure.self) { try replaced("${NO:-ü ${A;}}") }
        #expect("\(failure)".contains("1_a.sql:2:16 goose could not"), "\(failure)")
        let dollar = try #require(throws: Failure.self) { try replaced("${NO:-$}") }
        #expect("\(dollar)".contains("1_a.sql:2:14 goose could not"), "\(dollar)")
        let deep = String(repeating: "${NO:-", count: 100_000)
        let tooDeep = try #require(throws: Failure.self) { try replaced(deep) }
        #expect("\(tooDeep)".contains("goose could not"))
        let half = try #require(throws: Failure.self) { try replaced("${WORD:0:3}") }
        #expect(
            "\(half)".contains("1_a.sql:2:8 cuts a character of WORD's value in two"), "\(half)")
    }

    @Test func `names that are not set are told together, for goose would take nothing`() throws {
        let failure = try #require(throws: Failure.self) {
            try replaced("$B, ${A:-$C}, ${B:0:1}, ${D:-${E}}, ${a}")
        }
        #expect(failure.status == .configuration)
        #expect(
            "\(failure)".contains("1_a.sql:2:8 needs B, E, a, which is not set"), "\(failure)")
        #expect(failure.next?.contains("${NAME:-}") == true)
        let why = try #require(throws: Failure.self) { try replaced("1, ${B?say $A, please}") }
        #expect(why.status == .configuration)
        #expect(
            "\(why)".contains("1_a.sql:2:11 needs B, which is not set: say a b, please"), "\(why)")
        let short = try #require(throws: Failure.self) { try replaced("${B?}") }
        #expect("\(short)".contains("needs B, which is not set\n"), "\(short)")
    }

    // MARK: Files

    private func migration(_ text: String) throws -> Migration {
        let (folder, problem) = try read(["1_a.sql": text])
        #expect(problem == nil)
        return try #require(folder?.migrations.first)
    }

    private func up(_ text: String) throws -> [Found]? {
        try lines(migration(text).body(for: .testPostgres), for: .testPostgres, settings)
    }

    private func down(_ text: String) throws -> [Found]? {
        try lines(migration(text).wayBack(for: .testPostgres), for: .testPostgres, settings)
    }

    @Test func `variables stand where the file asks for them, and in both parts`() throws {
        let whole = "-- +goose ENVSUB ON\n-- +goose Up\nSELECT '$A';\n-- +goose Down\nDROP $X9_;\n"
        #expect(try up(whole) == [Found("SELECT 'a b'", 3)])
        #expect(try down(whole) == [Found("DROP x", 5)])

        let part = """
            -- +goose Up
            SELECT '$A';
            -- +goose envsub on
            SELECT '$A';
            -- +goose ENVSUB OFF
            SELECT '$A';
            -- +goose Down
            SELECT '$A';
            """
        #expect(
            try up(part) == [
                Found("SELECT '$A'", 2), Found("SELECT 'a b'", 4), Found("SELECT '$A'", 6),
            ])
        #expect(try down(part) == [Found("SELECT '$A'", 8)])

        let rest = part.replacing("-- +goose ENVSUB OFF\n", with: "")
        #expect(try up(rest)?.map(\.text) == ["SELECT '$A'", "SELECT 'a b'", "SELECT 'a b'"])
        #expect(try down(rest) == [Found("SELECT 'a b'", 7)])

        let ends = whole.replacing("Down\n", with: "Down\n-- +goose ENVSUB OFF\n")
        #expect(try down(ends) == [Found("DROP $X9_", 6)])
    }

    @Test func `the lines that ask for it are no part of a body`() throws {
        let text = """
            -- +goose Up
            -- +goose StatementBegin
            CREATE FUNCTION f() RETURNS void AS $$
            -- +goose ENVSUB ON
            BEGIN
                -- says $A
                RAISE NOTICE '$A; \\$A';
            END;
            -- +goose ENVSUB OFF
            $$ LANGUAGE plpgsql;
            -- +goose StatementEnd
            SELEC 1;
            """
        let body = """
            CREATE FUNCTION f() RETURNS void AS $$
            BEGIN
                -- says a b
                RAISE NOTICE 'a b; $A';
            END;
            $$ LANGUAGE plpgsql
            """
        #expect(try up(text) == [Found(body, 3), Found("SELEC 1", 12)])
        let script = try #require(
            try migration(text).body(for: .testPostgres)?.script(
                for: .testPostgres, settings: settings))
        // The E of END, behind a line that was left out and one that became shorter.
        let offset = body.unicodeScalars.count - "END;\n$$ LANGUAGE plpgsql".count + 1
        let place = script.place(of: offset, in: script.statements[0])
        #expect(place.map { [$0.line, $0.column] } == [8, 1])
    }

    @Test func `comments between statements stay as they are, those inside do not`() throws {
        let text = """
            -- +goose ENVSUB ON
            -- +goose Up
            -- costs $5

            CREATE TABLE t ( -- $A
                -- $A
                a int
            ); -- $A;
                -- $5
            SELECT 1; -- ; $A
            -- $5
            -- +goose StatementBegin
            -- $5
            SELECT 1;
            -- $A
            SELECT 2;
            -- +goose StatementEnd
            -- $5
            """
        let body = try migration(text).body(for: .testPostgres)
        #expect(
            try lines(body, for: .testPostgres, settings) == [
                Found("CREATE TABLE t ( -- a b\n    -- a b\n    a int\n)", 5),
                Found("SELECT 1", 10), Found("SELECT 1", 14), Found("SELECT 2", 16),
            ])
        let inside = try migration(
            "-- +goose ENVSUB ON\n-- +goose Up\nSELECT\n  -- $5\n  1;\n"
        ).body(for: .testPostgres)
        let failure = try #require(throws: Failure.self) {
            try inside?.script(for: .testPostgres, settings: settings)
        }
        #expect("\(failure)".contains("1_a.sql:4:6 goose could not"), "\(failure)")
    }

    @Test func `a mistake in one part is none of the other`() throws {
        let text =
            "-- +goose ENVSUB ON\r\n-- +goose Up\r\nSELECT 1;\r\n-- +goose Down\r\nSELECT $B;\r\n"
        #expect(try up(text) == [Found("SELECT 1", 3)])
        let failure = try #require(throws: Failure.self) { try down(text) }
        #expect("\(failure)".contains("1_a.sql:5:8 needs B, which is not set"), "\(failure)")
    }

    @Test func `a secret is shown as the file has it`() throws {
        let text = "-- +goose Up\n-- +goose ENVSUB ON\nSELECT '${NO:-<$DB_PASSWORD>}', '$A', 1;\n"
        let body = try migration(text).body(for: .testPostgres)
        let script = try #require(try body?.script(for: .testPostgres, settings: settings))
        #expect(script.statements.map(\.text) == ["SELECT '<hunter2>', 'a b', 1"])
        #expect(script.shownStatements == ["SELECT '${NO:-<$DB_PASSWORD>}', 'a b', 1"])
        #expect(script.source(of: 0) == "SELECT '${NO:-<$DB_PASSWORD>}', '$A', 1")
        let shown = script.shown(
            Failure(.rejected, "x", place: script.place(of: 30, in: script.statements[0])))
        #expect(shown.excerpt == "SELECT '***', '***', 1;", "\(shown)")
        // The engine's words repeat what they do not understand.
        let words = script.shown(
            Failure(
                .rejected, "failed", place: script.statements[0].place,
                cause: DatabaseError(.rejected, "near \"<hunter2>\": <hunter2> is no a b")))
        let mask = "${NO:-<$DB_PASSWORD>}"
        #expect(words.cause?.message == "near \"\(mask)\": \(mask) is no a b")
        // The default's own text is no secret when the secret is not needed.
        let other = try migration(text.replacing("NO:-", with: "A:-")).body(for: .testPostgres)
        #expect(
            try other?.script(for: .testPostgres, settings: settings).shownStatements
                == ["SELECT 'a b', 'a b', 1"])
    }

    @Test func `the checksum is that of the file, whatever the values are`() throws {
        let text = "-- +goose Up\n-- +goose ENVSUB ON\nSELECT '$A';\n"
        let body = try #require(try migration(text).body(for: .testPostgres))
        let source = SourceFile(path: "1_a.sql", bytes: Array(text.utf8))
        #expect(body.checksum == source.checksum)
        #expect(body.checksum(with: settings) == source.checksum)
    }

    @Test func `a portable file has placeholders of its own`() throws {
        let (_, problem) = try read([
            "1_a.sql": "-- +goose ENVSUB ON\n-- +goose Up\n-- bootstrap: portable\nSELECT 1;\n"
        ])
        #expect(problem?.hasPrefix("db/1_a.sql:1:1 is portable and asks for ENVSUB") == true)
    }

    // MARK: Many

    /// A file with so many variables, each in a statement of its own or all in one.
    private func many(_ count: Int, _ name: String, isOne: Bool) -> [UInt8] {
        let (begin, between) = isOne ? ("SELECT 'ä'", ", ") : ("", ";\n")
        let uses = (0..<count).map { isOne ? "'$\(name)', \($0)" : "SELECT '$\(name)', \($0)" }
        return Array(
            "-- +goose ENVSUB ON\n\(begin)\(isOne ? ", " : "")\(uses.joined(separator: between));"
                .utf8)
    }

    @Test(arguments: [("A", false), ("A", true), ("NO", false), ("NO", true)])
    func `eight times the variables cost eight times the time`(
        _ name: String, _ isOne: Bool
    ) throws {
        func seconds(_ bytes: [UInt8]) -> Double {
            (0..<2).map { _ in
                let start = FuzzTests.threadSeconds()
                let text = try? ReplacedText(bytes, file: "1_a.sql", as: .goose, settings)
                _ = try? text.map {
                    try Script($0, rules: .postgres, for: ["postgres"], known: EngineNames.all)
                }
                return FuzzTests.threadSeconds() - start
            }.min() ?? 0
        }
        let short = seconds(many(400, name, isOne: isOne))
        let long = seconds(many(3200, name, isOne: isOne))
        // Quadratic time would be 64; a start that costs the same for both, less than 8.
        #expect(long < 28 * short + 0.001, "\(short) s, then \(long) s")
    }

    @Test(arguments: [false, true])
    func `the places of many are those of each`(_ isOne: Bool) throws {
        let source = many(50, "A", isOne: isOne)
        let text = try ReplacedText(source, file: "1_a.sql", as: .goose, settings)
        for offset in 0...source.count {
            #expect(
                text.place(offset) == Cursor(offset: 0).place(of: offset, in: source, "1_a.sql"))
        }
        let script = try Script(
            text, rules: .postgres, for: ["postgres"], known: EngineNames.all)
        // The line that asks for them is one, too, without a value.
        let edits = script.edits.values.joined().filter { $0.end > $0.start }
        #expect(edits.count == 50)
        let lines = String(decoding: source, as: UTF8.self).split(separator: "\n")
        for edit in edits {
            let rest = lines[edit.place.line - 1].unicodeScalars.dropFirst(edit.place.column - 1)
            #expect(String(String.UnicodeScalarView(rest.prefix(2))) == "$A")
            #expect(edit.after.column == edit.place.column + 2)
            let statement = try #require(
                script.statements.first {
                    script.edits[$0.place ?? edit.place]?.contains { $0.place == edit.place }
                        == true
                })
            let value = statement.text.unicodeScalars.dropFirst(edit.start).prefix(
                edit.end - edit.start)
            #expect(String(String.UnicodeScalarView(value)) == "a b")
        }
    }
}
