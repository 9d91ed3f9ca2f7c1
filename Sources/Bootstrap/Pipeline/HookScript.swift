/// A hook, cut and checked for one server.
struct HookScript {
    let hook: Hook
    let path: String
    let script: Script
    /// Its statements as they are sent; a portable file has the engine's mode for it around them.
    let statements: [Statement]
    /// How many of them stand before the file's own.
    private let lead: Int

    /// Throws 65 where the file is wrong.
    init(
        _ hook: Hook, _ body: MigrationBody, _ dialect: Dialect, _ settings: Settings
    ) throws(Failure) {
        script = try body.script(for: dialect, settings: settings, isHook: true)
        (self.hook, path) = (hook, body.path)
        let isPortable = body.directives.contains(.portable)
        let (enter, leave) = isPortable ? dialect.portableMode : ([], [])
        lead = enter.count
        statements = enter.map { Statement($0) } + script.statements + leave.map { Statement($0) }
        // A migration's is left out; here it would keep us from writing the history.
        if let locking = script.statements.first(where: { $0.kind(for: dialect) == .left }) {
            throw script.shown(
                Failure(
                    .rejected, "\(locking.words.prefix(2).joined(separator: " ")) is not for hooks",
                    place: locking.place, next: "Delete it from the hook."))
        }
    }

    /// The number, from 0, of the file's statement that is the one at `index` of ``statements``;
    /// `nil` for one of ours.
    func statement(at index: Int?) -> Int? {
        index.map { $0 - lead }.flatMap { script.statements.indices.contains($0) ? $0 : nil }
    }

    /// The statements as they may be shown.
    var preview: Preview.Hook {
        Preview.Hook(
            name: hook.rawValue, path: path,
            statements: script.statements.map(script.shownText))
    }
}

/// The hooks that there are for one server.
struct HookScripts {
    private var scripts: [Hook: HookScript] = [:]

    /// None.
    init() {}

    /// Cuts and checks all of them.
    init(_ hooks: Hooks, _ dialect: Dialect, _ settings: Settings) throws(Failure) {
        for hook in Hook.allCases {
            guard let body = hooks.body(of: hook, for: dialect) else { continue }
            scripts[hook] = try HookScript(hook, body, dialect, settings)
        }
    }

    subscript(hook: Hook) -> HookScript? { scripts[hook] }
}

extension Hooks {
    /// Throws 65 for the first hook that is wrong for this engine.
    package func check(for dialect: Dialect, settings: Settings) throws(Failure) {
        _ = try HookScripts(self, dialect, settings)
    }
}

extension Application {
    /// A part of what runs for a migration inside its transaction.
    struct Piece {
        enum Source {
            case ours
            case file
            case hook(HookScript)
        }
        let source: Source
        /// Those that are in memory: none of a large file.
        let statements: [Statement]
        /// How many steps it has: a migration in code is one, and no statement.
        let count: Int

        init(_ source: Source, _ statements: [Statement], count: Int? = nil) {
            (self.source, self.statements) = (source, statements)
            self.count = count ?? statements.count
        }
    }

    /// The migration between its hooks.
    var pieces: [Piece] {
        var pieces: [Piece] = []
        if let before { pieces.append(Piece(.hook(before), before.statements)) }
        let isPortable = directives.contains(.portable)
        let (enter, leave) = isPortable ? dialect.portableMode : ([], [])
        if !enter.isEmpty { pieces.append(Piece(.ours, enter.map { Statement($0) })) }
        pieces.append(
            Piece(
                .file, script?.statements ?? [], count: step.body.code == nil ? count : 1))
        guard let after else { return pieces }
        if !leave.isEmpty { pieces.append(Piece(.ours, leave.map { Statement($0) })) }
        pieces.append(Piece(.hook(after), after.statements))
        return pieces
    }

    /// All that runs for a file inside its transaction, unless it is a large one.
    var sequence: [Statement] { pieces.flatMap(\.statements) }

    /// Whose step the one at `index`, from 0, of all pieces is, and its number there.
    func step(at index: Int) -> (source: Piece.Source, index: Int)? {
        var index = index
        for piece in pieces {
            if index < piece.count { return (piece.source, index) }
            index -= piece.count
        }
        return nil
    }

    /// Whether something may be left in the session; of code that is not known, and of a large file
    /// not asked.
    var changesSession: Bool {
        [script, before?.script, after?.script].contains { $0?.changesSession ?? false }
            || script == nil
    }
}

extension Failure {
    /// A hook's statement that the engine refused.
    ///
    /// - `neighbour`: before or after which migration it stood, by name.
    /// - `index`: the statement's number in the hook, from 0; `nil` where it is not known.
    init(
        _ hook: HookScript, at neighbour: String, statement index: Int?, _ error: DatabaseError,
        product: String, state: String?, next: String
    ) {
        let statement = index.map { hook.script.statements[$0] }
        let place = statement.flatMap { statement in
            error.position.flatMap { hook.script.place(of: $0, in: statement) } ?? statement.place
        }
        let words = "failed \(hook.hook.isBefore ? "before" : "after") \(neighbour)"
        self = hook.script.shown(
            Failure(
                ExitStatus(working: error.kind), place == nil ? "\(hook.path) \(words)" : words,
                place: place, cause: error, product: product, state: state, next: next))
    }
}
