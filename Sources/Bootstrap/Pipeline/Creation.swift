/// Creating the missing database, behind what has to hold first.
struct Creation {
    let run: Run
    /// What the run that misses it is for.
    let goal: Run.Goal

    private var driver: any Driver { run.driver }
    private var options: Options { run.options }

    /// Throws where creating it would be refused, or would leave a database that a wrong file or
    /// history keeps empty.
    func check() throws(Failure) {
        try checkRights()
        try judgeFiles()
        try checkHistory()
    }

    /// Refuses to create the missing database where this run may not, or was not asked to.
    func checkRights() throws(Failure) {
        guard goal != .rollBack, goal != .adopt else { throw nothingThere }
        guard goal.contains(.create) else {
            throw missing("run bootstrap create, or bootstrap up")
        }
        if let reason = driver.reasonNeverToCreate {
            throw missing("\(reason); correct the path, or leave the mode out")
        }
        if options.create == nil {
            if options.isProduction {
                throw missing(
                    "check the URL; if the database is to be created in production, say --create")
            }
            if let reason = driver.reasonNotToCreate {
                throw missing("\(reason); if it is to be created there, say --create")
            }
        }
        guard options.create != false else { throw missing("create it, or leave out --no-create") }
    }

    /// Refuses a history in a schema that the new database will not have.
    func checkHistory() throws(Failure) {
        guard goal.readsHistory, let schema = options.history.schema else { return }
        let limit = run.timing.now() + options.attemptTimeout
        // Without an answer the run finds out when the database is there.
        let isThere = try? driver.willHave(schema: schema, run.session, before: limit)
        guard isThere == false else { return }
        throw History(options.history, type(of: driver).dialect).noSchema()
    }

    /// Judges every file as the engine's newest servers would get it, while there is no database to
    /// ask: a run that a file will stop does not create one.
    private func judgeFiles() throws(Failure) {
        guard goal.readsHistory else { return }
        let dialect = type(of: driver).dialect
        var files = PendingFiles(dialect, options, run.source.hooks)
        _ = try files.applications(of: try run.plan(toward: goal, [], dialect))
    }

    /// Creates it.
    ///
    /// - Returns: an error that waiting may cure; `nil` when the database is there.
    func create(before deadline: Deadline) throws(Failure) -> DatabaseError? {
        let limit = max(run.timing.now() + options.attemptTimeout, deadline)
        do throws(DatabaseError) {
            guard try driver.create(run.session, before: limit) else { return nil }
        } catch {
            if error.kind == .interrupted {
                try run.cancellation.check(state: "Nothing was changed.")
            }
            let isPassing = [.unavailable, .lost, .busy, .readOnly].contains(error.kind)
            if isPassing, run.timing.now() < deadline {
                return error.kind == .readOnly ? .takesNoWrites : error
            }
            let name = driver.databaseName
            var failure = Failure(
                connecting: error, headline: "cannot create the database \(name)")
            if error.kind == .denied, error.remedy == nil {
                failure.next =
                    "give this user the right to create databases, or create \(name) as another one"
            }
            throw failure
        }
        run.noteCreation()
        return nil
    }

    /// That what works on a database which is there creates none.
    var nothingThere: Failure {
        let deed = goal == .adopt ? "adopt" : "roll back"
        return missing("check the URL: without a database there is nothing to \(deed)")
    }

    private func missing(_ next: String) -> Failure {
        Failure(
            .configuration, "the database \(driver.databaseName) does not exist",
            state: "Nothing was changed.", next: next)
    }
}
