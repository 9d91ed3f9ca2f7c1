/// The migrations of a source, read and hashed, not cut yet.
package struct MigrationFolder: Sendable {
    /// Where they come from, for messages; `nil` for none and for code alone.
    package private(set) var path: String?
    /// The versioned ones in the order of their numbers, then the repeatable ones by name.
    package private(set) var migrations: [Migration] = []
    /// What runs around them.
    package private(set) var hooks = Hooks()
    /// Which other tool's the files are; `nil` for ours.
    package private(set) var format: FormatChoice?

    /// Reads a source, or throws: 78 for a folder that is missing or has no migration, 65 for a
    /// file that is wrong.
    ///
    /// - `source`: Where the migrations come from.
    /// - `variants`: What `{engine}` in a folder's path may stand for, the most specific first.
    /// - `knownEngines`: The names that files and directives may use.
    /// - `format`: Whose the files are, where they do not tell; one of ``Formats/names``.
    /// - `callHelp`: Is given what a second thread may do to make the reading shorter.
    package init(
        _ source: MigrationSource, variants: [String] = [],
        knownEngines: [String] = EngineNames.all, format: String? = nil,
        callingHelp callHelp: (@escaping @Sendable () -> Void) -> Void = { _ in }
    ) throws(Failure) {
        var known = knownEngines
        for name in variants where !known.contains(name) { known.append(name) }
        var collector = MigrationCollector(known: known, variants: variants, forced: format)
        try read(source, variants: variants, into: &collector, callHelp)
        migrations = try collector.ordered()
        hooks = collector.hooks
        self.format = collector.format
    }

    private mutating func read(
        _ source: MigrationSource, variants: [String], into collector: inout MigrationCollector,
        _ callHelp: (@escaping @Sendable () -> Void) -> Void
    ) throws(Failure) {
        switch source {
        case .none: break
        case .folder(let pattern):
            let folder = Folder.expanded(pattern, variants: variants)
            path = path ?? folder
            try collector.add(folder: folder, callingHelp: callHelp)
        case .embedded(let files):
            path = path ?? "embedded"
            for (name, bytes) in files.sorted(by: { $0.key < $1.key }) {
                try collector.add(name, SourceFile(path: name, bytes: bytes))
            }
        case .code(let migrations):
            for migration in migrations { try collector.add(migration) }
        case .several(let sources):
            for source in sources {
                try read(source, variants: variants, into: &collector, callHelp)
            }
        }
    }
}
