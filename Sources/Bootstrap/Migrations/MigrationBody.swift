/// One effective file, or code: what runs for a migration on one server.
///
/// Nothing in it changes, so that plans and steps share it.
package final class MigrationBody: Sendable {
    /// The file's path as the user would type it, or a code migration's name.
    package let path: String
    /// `sha256:…` over the text with line ends normalised and a byte order mark dropped.
    package let checksum: String
    /// What the leading comments ask for.
    package let directives: Set<Directive>
    /// A code migration's code, or `nil`.
    package let code: Migration.Code?
    /// The text, not cut yet.
    let text: FileText
    /// What is meant of a file in parts, the rest of which counts as blanks; `nil` for all of it.
    private let meant: [Range<Int>]?
    /// The names that directives may use.
    let knownEngines: [String]
    /// What its tool does with it that we do not.
    let manner: FileManner
    /// Whether its tool begins a transaction before it, and ends one behind it.
    private let isBegun: Bool

    /// `manner` is what another tool does with its file.
    init(
        _ source: SourceFile, known: [String], as manner: FileManner = FileManner()
    ) throws(Failure) {
        try source.checkEncoding()
        path = source.path
        checksum = source.checksum
        code = nil
        (text, meant, isBegun) = (.whole(source), nil, false)
        (knownEngines, self.manner) = (known, manner)
        directives = try manner.directives(
            of: source, source.directives(known: known) ?? [], in: nil)
    }

    /// `manner` is what another tool does with its file.
    convenience init(
        _ text: FileText, known: [String], as manner: FileManner = FileManner()
    ) throws(Failure) {
        switch text {
        case .whole(let source): try self.init(source, known: known, as: manner)
        case .large(let file): try self.init(file, known: known, as: manner)
        }
    }

    private init(
        _ file: LargeFile, known: [String], as manner: FileManner
    ) throws(Failure) {
        let summary = try LargeFile.Summary(of: file, known: known)
        path = file.path
        checksum = summary.checksum
        (code, text, meant, isBegun) = (nil, .large(file), nil, false)
        (knownEngines, self.manner) = (known, manner)
        directives = summary.directives.union(manner.directives)
    }

    /// A part of a file, with the checksum of the whole.
    init(
        _ source: SourceFile, _ section: Sections.Section, _ checksum: String, known: [String]
    ) throws(Failure) {
        path = source.path
        self.checksum = checksum
        code = nil
        (text, meant) = (.whole(source), section.ranges)
        (knownEngines, manner) = (
            known, FileManner(placeholders: section.placeholders, isForeign: true)
        )
        let written = try source.directives(of: section, known: known)
        isBegun = !written.contains(.noTransaction)
        directives = manner.directives(of: source, written, in: section.ranges)
        guard section.placeholders == .none || !directives.contains(.portable) else {
            throw source.failure("is portable and asks for ENVSUB as well", line: 1)
        }
    }

    init(name: String, code: @escaping Migration.Code) {
        path = name
        checksum = "sha256:" + SourceFile.sha256(Array("code\0\(name)".utf8))
        directives = []
        self.code = code
        (text, meant, isBegun) = (.whole(SourceFile(path: name, bytes: [])), nil, false)
        (knownEngines, manner) = (EngineNames.all, FileManner())
    }

    /// Whether it is a part of a file whose other parts do something else.
    var isPart: Bool { meant != nil }

    /// What is meant of the text, from its beginning on.
    private func window() throws(Failure) -> TextWindow {
        guard let meant, case .whole(let source) = text else { return try text.window() }
        return TextWindow(source.blanked(outside: meant).normalised)
    }

    /// The rules that this file is cut by: in a portable one, `"name"` is a name everywhere.
    func rules(_ given: LexicalRules) -> LexicalRules {
        var rules = given
        rules.delimiter = manner.delimiter
        if directives.contains(.portable) { rules.doubleQuotedStrings = false }
        return rules
    }

    /// The file cut into statements, those for other engines left out, placeholders put in.
    ///
    /// Throws 65 with the place of whatever no run should begin with. A code migration has none.
    package func script(
        for dialect: Dialect, settings: Settings, isHook: Bool = false
    ) throws(Failure) -> Script {
        let names = Set(dialect.variants + [dialect.engine])
        let window = try window()
        while !window.isLast { try window.move(past: 0) }
        var script: Script
        if manner.placeholders != .none {
            let text = try ReplacedText(
                window.bytes, file: path, as: manner.placeholders, settings)
            script = try Script(
                text, rules: rules(dialect.lexical), for: names, known: knownEngines)
        } else {
            script = try Script(
                bytes: window.bytes, file: path, rules: rules(dialect.lexical), for: names,
                known: knownEngines)
        }
        if manner.isForeign, dialect.foreignKeys != nil, !directives.contains(.noTransaction) {
            // Nothing comes of it in a transaction; `foreign-keys-off` does what it is for.
            script.keep { !$0.setsForeignKeys }
        }
        if directives.contains(.portable) {
            try script.putIn(PortableValues(dialect: dialect, settings: settings))
        } else if manner.placeholders == .none {
            try script.refusePlaceholders()
        }
        try script.settleTransactions(
            outside: directives.contains(.noTransaction), dialect: dialect,
            foreignKeysOff: directives.contains(.foreignKeysOff), isHook: isHook,
            isBegun: isBegun)
        return script
    }

    /// `fp1:…` over the file's tokens: what a formatter, a comment or a licence's text changes is
    /// the same.
    ///
    /// A file that cannot be cut, and code, have their checksum instead.
    package func fingerprint(_ rules: LexicalRules) -> String {
        guard code == nil, let window = try? window() else { return checksum }
        let tokens = Fingerprint(
            window, directives: directives, rules: self.rules(rules), known: knownEngines)
        return tokens?.text ?? checksum
    }

    /// Whether the file holds no statement for any engine: nothing, or comments alone.
    func isEmpty(_ rules: LexicalRules) -> Bool {
        code == nil && isEmptyFingerprint(fingerprint(rules), rules)
    }

    /// Whether a file with this fingerprint held no statement, whatever its directives were.
    func isEmptyFingerprint(_ fingerprint: String, _ rules: LexicalRules) -> Bool {
        let sets = Directive.allCases.reduce([Set<Directive>()]) { sets, directive in
            sets + sets.map { $0.union([directive]) }
        }
        return sets.contains { directives in
            Fingerprint([], directives: directives, rules: rules, known: knownEngines)?.text
                == fingerprint
        }
    }

    /// What a repeatable migration is compared by: its checksum, and the values of the settings
    /// that it names, without secrets.
    package func checksum(with settings: Settings) -> String {
        let isFlyway = manner.placeholders == .flyway
        guard directives.contains(.portable) || isFlyway else { return checksum }
        var parts = [checksum]
        for name in settingNames {
            let name = isFlyway ? settings.placeholder(name) ?? name : name
            if settings.isSecret(name) { continue }
            parts.append("\(name)=\(settings[name]?.value ?? "")")
        }
        guard parts.count > 1 else { return checksum }
        return "sha256:" + SourceFile.sha256(Array(parts.joined(separator: "\0").utf8))
    }

    /// The settings that the text names as `${NAME}`, in order, each once.
    package var settingNames: [String] {
        var names: Set<String> = []
        // A file that has gone, or changed, is told of when its statements are read.
        guard let window = try? window() else { return [] }
        if manner.placeholders == .flyway { return ReplacedText.names(in: window.bytes) }
        while true {
            let bytes = window.bytes
            let lexer = Lexer(bytes, rules: LexicalRules())
            for index in bytes.indices where bytes[index] == Byte.dollar {
                guard let length = lexer.placeholderLength(at: index) else { continue }
                let name = String(
                    decoding: bytes[(index + 2)..<(index + length - 1)], as: UTF8.self)
                if PortableValues.isSetting(name) { names.insert(name) }
            }
            // One that the window cuts in two is whole in the next.
            guard !window.isLast, (try? window.move(past: bytes.count - 256)) != nil else {
                return names.sorted()
            }
        }
    }
}
