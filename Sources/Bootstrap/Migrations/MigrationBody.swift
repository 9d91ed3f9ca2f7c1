/// One effective file, or code: what runs for a migration on one server.
package struct MigrationBody: Sendable {
    /// The file's path as the user would type it, or a code migration's name.
    package let path: String
    /// `sha256:…` over the text with line ends normalised and a byte order mark dropped.
    package let checksum: String
    /// What the leading comments ask for.
    package let directives: Set<Directive>
    /// A code migration's code, or `nil`.
    package let code: Migration.Code?
    /// The text, not cut yet.
    let source: SourceFile
    /// The names that directives may use.
    let knownEngines: [String]

    init(_ source: SourceFile, known: [String]) throws(Failure) {
        path = source.path
        checksum = source.checksum
        directives = try source.directives(known: known)
        code = nil
        self.source = source
        knownEngines = known
    }

    init(name: String, code: @escaping Migration.Code) {
        path = name
        checksum = "sha256:" + SourceFile.sha256(Array("code\0\(name)".utf8))
        directives = []
        self.code = code
        source = SourceFile(path: name, bytes: [])
        knownEngines = EngineNames.all
    }

    /// The rules that this file is cut by: in a portable one, `"name"` is a name everywhere.
    func rules(for dialect: Dialect) -> LexicalRules {
        var rules = dialect.lexical
        if directives.contains(.portable) { rules.doubleQuotedStrings = false }
        return rules
    }

    /// The file cut into statements, those for other engines left out, placeholders put in.
    ///
    /// Throws 65 with the place of whatever no run should begin with. A code migration has none.
    package func script(for dialect: Dialect, settings: Settings) throws(Failure) -> Script {
        try source.checkEncoding()
        let names = Set(dialect.variants + [dialect.engine])
        let script = try Script(
            bytes: source.normalised, file: path, rules: rules(for: dialect), for: names,
            known: knownEngines)
        return script
    }
}
