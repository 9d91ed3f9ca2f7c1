/// Puts files together that belong to one migration.
struct MigrationCollector {
    let known: [String]
    /// What a folder for the engine may be called, the most specific first.
    let variants: [String]
    /// Whose the files of folders are, where that was said.
    let forced: String?
    /// Whose they were found to be.
    private(set) var format: FormatChoice?
    private var migrations: [Migration] = []
    private var hasRepeatables = false
    /// Whether the migrations run in the order in which they came.
    private var isListed = false
    /// The folders that were taken in.
    private var folders: [String] = []
    private(set) var hooks = Hooks()
    /// Where in `migrations` one is, by its id; `nil` as long as each id is greater than the one before,
    /// as in a folder whose numbers have one length.
    private var places: [String: Int]?

    init(known: [String], variants: [String], forced: String?) {
        (self.known, self.variants, self.forced) = (known, variants, forced)
    }

    /// Takes all migrations of a folder in: as ours, unless what is in it is another tool's.
    mutating func add(
        folder path: String, callingHelp callHelp: (@escaping @Sendable () -> Void) -> Void
    ) throws(Failure) {
        let files = try OpenFolder(path)
        let folder = FormatFolder(
            files, known: known, scripts: try files.scripts(known: known))
        if folder.folder.isPerEngine, !variants.isEmpty {
            let inner = Folder.expanded(Folder.perEngine(path), variants: variants)
            return try add(folder: inner, callingHelp: callHelp)
        }
        try CodeMigrations.refuse(in: folder)
        if let forced, forced != Formats.ours {
            let choice = FormatChoice(name: forced, reason: "--format says so")
            return try add(choice, folder, callHelp)
        }
        // Mostly the first file tells, and help can be called but once.
        if forced == nil, let mark = try folder.firstMark() {
            if let choice = FormatChoice(fileOf: mark) {
                // What speaks for another tool's can wait, the second thread cannot.
                return try add(choice, folder, callHelp) { () throws(Failure) in
                    _ = try folder.choice([mark])
                }
            }
            if let choice = try folder.choice([mark]) { return try add(choice, folder, callHelp) }
        }
        var ours = self
        let found = try ours.read(folder, untilMark: true, callingHelp: callHelp)
        if forced == nil,
            found.count == 0 || found.hasSign || found.problem != nil || !found.marks.isEmpty,
            let choice = try folder.choice(found.marks)
        {
            return try add(choice, folder, callHelp)
        }
        // Where nothing tells, a folder is what those before it are.
        if forced == nil, let format {
            return try add(format, folder, callHelp)
        }
        if let problem = found.problem { throw problem }
        guard found.count > 0 else {
            throw Failure(
                .configuration, "the folder \(path) holds no migration",
                next: "Put files named \(FileName.pattern) there, or name another folder "
                    + "with --migrations.")
        }
        self = ours
        folders.append(path)
    }

    /// What reading a folder has shown.
    private struct Found {
        /// How many files of migrations there are.
        var count = 0
        /// Whether a file is there that only other tools' folders have.
        var hasSign = false
        /// Which of the files are another tool's.
        var marks: [(FormatMark, path: String)] = [] { didSet { isSettled = true } }
        /// What is wrong with the first of the others that is.
        var problem: Failure? { didSet { isSettled = true } }
        /// Whether only whose the folder is matters any more.
        private(set) var isSettled = false
    }

    /// Reads a folder's files, each by itself.
    ///
    /// - `format`: whose they are; `nil` for ours.
    /// - `untilMark`: whether one of another tool's ends the reading.
    /// - `check`: what this thread does first, once the second one has begun.
    private mutating func read(
        _ folder: FormatFolder, as format: (any FileFormat.Type)? = nil, untilMark: Bool,
        callingHelp callHelp: (@escaping @Sendable () -> Void) -> Void,
        checking check: () throws(Failure) -> Void = {}
    ) throws(Failure) -> Found {
        var found = Found()
        found.hasSign =
            format == nil && forced == nil
            && Formats.haveSign(in: folder.folder.prefix, folder.files)
        migrations.reserveCapacity(folder.scripts.count)
        let reading = FolderReading(
            format?.ordered(folder.scripts) ?? folder.scripts, folder: folder.folder.descriptor,
            prefix: folder.folder.prefix,
            known: known, looksForMarks: forced == nil, format: format)
        defer { reading.end() }
        callHelp(reading.join)
        try check()
        try reading.forEach(while: { !untilMark || found.marks.isEmpty }) {
            take($0, into: &found)
        }
        return found
    }

    /// Takes a file in, or what is wrong with it.
    private mutating func take(_ file: consuming FolderReading.File, into found: inout Found) {
        do throws(Failure) {
            switch consume file {
            case .foreign(let mark, let path): found.marks.append((mark, path))
            case _ where found.isSettled: break
            case .leadsThere(let name, let body):
                try add(name, body)
                found.count += name.hook == nil ? 1 : 0
            case .leadsBack(let name, let path):
                try add(name, wayBack: .path(path, name.manner))
                found.count += 1
            case .both(let migration):
                try add(whole: migration)
                found.count += 1
            case .wrong(let failure): throw failure
            case .noMigration: break
            }
        } catch {
            found.problem = error
        }
    }

    /// Takes another tool's folder in.
    private mutating func add(
        _ choice: FormatChoice, _ folder: FormatFolder,
        _ callHelp: (@escaping @Sendable () -> Void) -> Void,
        checking check: () throws(Failure) -> Void = {}
    ) throws(Failure) {
        var choice = choice
        try checkCompany(of: choice, folder)
        let count: Int
        let type = Formats.named(choice.name)
        if let format = type?.perFile {
            let found = try read(
                folder, as: format, untilMark: false, callingHelp: callHelp, checking: check)
            if let problem = found.problem { throw try whole(problem, folder, callHelp) }
            count = found.count
        } else if let format = type as? any FolderFormat.Type {
            let found = try format.contents(of: folder)
            for migration in found.migrations { try add(whole: migration) }
            try hooks.add(found.hooks)
            choice.notes = found.notes
            count = found.migrations.count
        } else {
            throw Failure(
                .usage,
                "there is no format \(choice.name)"
                    + didYouMean(choice.name, in: Formats.names, quote: ""),
                next: "Name one of \(Formats.names.joined(separator: ", ")).")
        }
        guard count > 0 else {
            throw Failure(
                .configuration, "the folder \(folder.path) holds no migration of \(choice.name)")
        }
        isListed = isListed || type?.isListed ?? false
        format?.notes += choice.notes
        format = format ?? choice
        folders.append(folder.path)
    }

    /// Refuses a second folder where the first is another tool's, or where the tool has one alone.
    private func checkCompany(of choice: FormatChoice, _ folder: FormatFolder) throws(Failure) {
        guard let first = folders.first else { return }
        guard let format, format.name == choice.name else {
            let other = format.map { "\($0.name)'s, because \($0.reason)" } ?? "of our own format"
            throw Failure(
                .rejected,
                "the folder \(folder.path) is \(choice.name)'s, because \(choice.reason), and "
                    + "\(first) is \(other)",
                next: "Say which both are with --format, or name one of them.")
        }
        guard let type = Formats.named(choice.name), type.isListed, type is any FolderFormat.Type
        else { return }
        throw Failure(
            .configuration,
            "\(first) and \(folder.path) are two folders, and \(choice.name) has one, which gives "
                + "its migrations their order",
            next: "Name one of them with --migrations.")
    }

    /// What is wrong with a folder in which one tool's reader has found `problem`: that it is more than
    /// one tool's, if it is.
    private func whole(
        _ problem: Failure, _ folder: FormatFolder,
        _ callHelp: (@escaping @Sendable () -> Void) -> Void
    ) throws(Failure) -> Failure {
        guard forced == nil else { return problem }
        var other = self
        let found = try other.read(folder, untilMark: false, callingHelp: callHelp)
        _ = try folder.choice(found.marks)
        return problem
    }

    /// Takes a file from memory in, unless it is no `.sql` file.
    mutating func add(_ name: String, _ source: SourceFile) throws(Failure) {
        guard let parsed = try FileName(name, at: source.path, known: known) else { return }
        if parsed.isDown {
            try add(parsed, wayBack: .file(source, parsed.manner))
        } else {
            try add(parsed, MigrationBody(source, known: known, as: parsed.manner))
        }
    }

    /// Takes in what leads there.
    private mutating func add(_ name: FileName, _ body: MigrationBody) throws(Failure) {
        if let hook = name.hook { return try hooks.add(body, hook, for: name.engine ?? "") }
        let place = try place(of: name, at: body.path)
        migrations[place].bodies[name.engine ?? ""] = body
    }

    /// Takes in what leads back, which is read when it is needed.
    private mutating func add(
        _ name: FileName, wayBack source: Migration.Source
    ) throws(Failure) {
        let place = try place(of: name, at: source.path)
        migrations[place].waysBack[name.engine ?? ""] = source
    }

    /// The place of the file's migration, which is new when this is its first file; throws where that
    /// has another name, or a file of this kind already.
    private mutating func place(
        of name: FileName, at path: String
    ) throws(Failure) -> Int {
        let (id, engine) = (name.id, name.engine ?? "")
        if let place = place(of: id) {
            if migrations[place].name != name.migration {
                guard isPair(migrations[place], name, path) else {
                    throw sameNumber(migrations[place].path, path, id)
                }
                if !name.isDown { migrations[place].name = name.migration }
            }
            let other =
                name.isDown
                ? migrations[place].waysBack[engine]?.path
                : migrations[place].bodies[engine]?.path
            if let other { throw sameNumber(other, path, id) }
            return place
        }
        var migration = Migration(
            id: id, name: name.migration, kind: name.digits == nil ? .repeatable : .versioned)
        migration.knownEngines = known
        append(migration)
        return migrations.count - 1
    }

    /// Whether a file is the other one of a pair, `.up.sql` and `.down.sql`, that golang-migrate takes
    /// together by their number alone.
    private func isPair(_ migration: Migration, _ name: FileName, _ path: String) -> Bool {
        let first = migration.path
        let (there, back) = name.isDown ? (first, path) : (path, first)
        return there.hasSuffix(".up.sql") && back.hasSuffix(".down.sql")
            && (name.isDown ? migration.waysBack.isEmpty : migration.bodies.isEmpty)
    }

    /// The place of the migration with this id, if there is one.
    private mutating func place(of id: String) -> Int? {
        if let places { return places[id] }
        // In its place: to copy a migration takes longer than to compare it.
        let last = migrations.count - 1
        guard last >= 0, !Version.isLess(migrations[last].id, id) else { return nil }
        if migrations[last].id == id { return last }
        var places: [String: Int] = [:]
        for (place, migration) in migrations.enumerated() { places[migration.id] = place }
        self.places = places
        return places[id]
    }

    private mutating func append(_ migration: consuming Migration) {
        places?[migration.id] = migrations.count
        hasRepeatables = hasRepeatables || migration.kind == .repeatable
        migrations.append(migration)
    }

    mutating func add(_ migration: Migration) throws(Failure) {
        guard migration.kind == .versioned || migration.name.hasPrefix("R_") else {
            throw Failure(
                .rejected,
                "the migration \(migration.name) is not named <digits>_<name> or R_<name>")
        }
        try add(whole: migration)
    }

    /// Takes a whole migration in, or what it is for another engine; throws where another one has its
    /// number.
    private mutating func add(whole migration: consuming Migration) throws(Failure) {
        if let place = place(of: migration.id) {
            guard migrations[place].takeIn(migration) else {
                throw sameNumber(migrations[place].path, migration.path, migration.id)
            }
            return
        }
        append(migration)
    }

    private func sameNumber(_ first: String, _ second: String, _ id: String) -> Failure {
        Failure(
            .rejected, "\(second) and \(first) are both migration \(id)",
            next: "Give one of them another number; variants for engines share one name.")
    }

    /// The versioned ones in their order, then the repeatable ones by name.
    func ordered() throws(Failure) -> [Migration] {
        let orphans = migrations.indices.filter { migrations[$0].bodies.isEmpty }
        if let orphan = orphans.map({ migrations[$0] }).min(by: { $0.path < $1.path }) {
            throw Failure(
                .rejected, "\(orphan.path) leads back, and no file leads there",
                next: "Add \(orphan.name).sql, or delete the way back.")
        }
        guard !isListed else {
            // As they came, and nothing is to be copied: most folders.
            if folders.count <= 1, !hasRepeatables { return migrations }
            var listed = migrations.filter { $0.kind == .versioned }
            if folders.count > 1 {
                listed.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
            }
            return listed
                + migrations.filter { $0.kind == .repeatable }.sorted { $0.name < $1.name }
        }
        // Numbers of one length come from the folder in their order, and need no sorting.
        let isOrdered = places == nil && !hasRepeatables
        return isOrdered ? migrations : migrations.sorted(by: Self.isLess)
    }

    private static func isLess(_ left: Migration, _ right: Migration) -> Bool {
        guard left.kind == right.kind else { return left.kind == .versioned }
        return left.kind == .versioned
            ? Version.isLess(left.id, right.id) : left.name < right.name
    }
}
