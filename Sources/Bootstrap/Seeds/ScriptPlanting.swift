extension Seed {
    /// Runs a seed in SQL, statement by statement, in the transaction that is open.
    func plant(
        _ script: MigrationBody, on connection: any Connection, settings: Settings
    ) throws(Failure) -> SeedOutcome {
        let cut = try cut(script, for: connection.dialect, settings: settings)
        var outcome = SeedOutcome()
        let isPortable = script.directives.contains(.portable)
        let mode: (enter: [String], leave: [String]) =
            isPortable ? connection.dialect.portableMode : ([], [])
        do throws(DatabaseError) {
            for sql in mode.enter { try connection.run(sql) }
        } catch {
            throw Failure(error, in: self, product: connection.server.product)
        }
        defer {
            // A session that is gone has lost its settings too.
            for sql in mode.leave { _ = try? connection.run(sql) }
        }
        for statement in cut.statements {
            do throws(DatabaseError) {
                try Self.run(statement, on: connection, &outcome.counts)
            } catch {
                var failure = Failure(error, in: self, product: connection.server.product)
                failure.place =
                    error.position.flatMap { cut.place(of: $0, in: statement) }
                    ?? statement.place
                throw cut.shown(failure)
            }
            guard connection.isInTransaction else {
                throw cut.shown(
                    Failure(
                        .rejected, "ended the transaction of the seed", place: statement.place,
                        next: "Put what commits by itself, as DDL does here, into a migration."))
            }
        }
        return outcome
    }

    /// The statements for a server; throws for what no seed may hold, also for other engines.
    func cut(
        _ script: MigrationBody, for dialect: Dialect, settings: Settings
    ) throws(Failure) -> Script {
        try source.checkEncoding()
        let whole = try Script(
            bytes: Array(source.text.utf8), file: source.path, rules: dialect.lexical,
            known: script.knownEngines)
        for statement in whole.statements { try refuseTransactionControl(statement, whole) }
        return try script.script(for: dialect, settings: settings)
    }

    private static func run(
        _ statement: Statement, on connection: any Connection, _ counts: inout SeedCounts
    ) throws(DatabaseError) {
        if statement.input != nil {
            do throws(BatchError) { try connection.runAll([statement]) } catch { throw error.error }
            return
        }
        switch statement.words.first {
        case "INSERT", "REPLACE": counts.inserted += try connection.change(statement.text)
        case "UPDATE": counts.updated += try connection.change(statement.text)
        case "DELETE": counts.deleted += try connection.change(statement.text)
        default: try connection.run(statement.text)
        }
    }

    private func refuseTransactionControl(
        _ statement: Statement, _ script: Script
    ) throws(Failure) {
        let control: Set = ["BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT"]
        let words = statement.words
        guard let first = words.first, control.contains(first), !words.prefix(3).contains("TO"),
            words.prefix(2) != ["BEGIN", "NOT"]
        else { return }
        throw script.shown(
            Failure(
                .rejected, "has \(first), but a seed is one transaction already",
                place: statement.place, next: "Take the statement away."))
    }
}

extension Failure {
    fileprivate init(_ error: DatabaseError, in seed: Seed, product: String) {
        let place = Place(file: seed.source.path, line: 1, column: 1)
        self.init(seed: error, at: place, product: product)
    }
}
