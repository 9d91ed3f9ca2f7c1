/// The tags of seeds: what each makes of the value behind it.
enum SeedTag: String, CaseIterable {
    case argon2id = "!argon2id"
    case bcrypt = "!bcrypt"
    case sha256 = "!sha256"
    case secret = "!secret"
    case generate = "!generate"
    case uuid = "!uuid"
    case now = "!now"
    case ref = "!ref"
    case sequence = "!sequence"
    case json = "!json"
    case base64 = "!base64"
    case from = "!from"
    case file = "!file"
    case sql = "!sql"
    /// YAML's own way to say that something is text.
    case string = "!!str"

    /// Reads the value of a column.
    static func expression(_ node: YAMLNode) throws(Failure) -> SeedExpression {
        SeedExpression(kind: try kind(node), place: node.place)
    }

    private static func kind(_ node: YAMLNode) throws(Failure) -> SeedExpression.Kind {
        guard let name = node.tag else {
            if node.isNull { return .null }
            guard node.text != nil else { return .json(try document(node)) }
            return .text(try template(node))
        }
        guard let tag = SeedTag(rawValue: name) else { throw unknown(name, node) }
        switch tag {
        case .argon2id: return try hash(.argon2id, node)
        case .bcrypt: return try hash(.bcrypt, node)
        case .sha256: return .sha256(try template(node, tag))
        case .secret: return .secret(try template(node, tag))
        case .generate: return .generated(length: try length(node, tag))
        case .uuid: return .uuid(try version(node))
        case .now:
            guard node.text == "" else {
                throw node.failure("gives !now a value; it takes none")
            }
            return .now
        case .ref: return .reference(try reference(node))
        case .sequence:
            guard let text = node.text, let start = Int64(text) else {
                throw node.failure("gives !sequence no whole number", next: "Write !sequence 1000.")
            }
            return .sequence(start)
        case .json: return .json(try document(node))
        case .base64: return try base64(node)
        case .from: return .field(try header(node, tag), .plain)
        case .file: return .file(SeedWord(text: try path(node), place: node.place))
        case .sql: return .sql(try sql(node))
        case .string: return .text(try template(node, tag))
        }
    }

    private static func unknown(_ name: String, _ node: YAMLNode) -> Failure {
        let known = allCases.filter { $0 != .string }.map(\.rawValue)
        var failure = node.failure(
            "has the unknown tag \(name)"
                + (nearest(name, in: known).map { "; did you mean \($0)?" } ?? ""),
            next: "The tags are \(known.joined(separator: " ")).")
        // The line is not shown: a misspelt !argon2id stands before a password, perhaps.
        failure.excerpt = ""
        return failure
    }

    // MARK: Values

    static func template(_ node: YAMLNode, _ tag: SeedTag? = nil) throws(Failure) -> Template {
        guard let text = node.text else {
            let words = tag.map { "gives \($0.rawValue) \(node.kind) where a text belongs" }
            throw node.failure(words ?? "is \(node.kind) where a text belongs")
        }
        if let tag, tag != .string {
            guard !text.isEmpty else { throw node.failure("gives \(tag.rawValue) no text") }
            // A password that is the word "null" would be hashed as one.
            guard !node.isNullWord else {
                throw node.failure(
                    "gives \(tag.rawValue) \(text), which is no text",
                    next: "Put it in quotes if the word is meant, or leave the tag out for NULL.")
            }
        }
        do throws(TemplateError) {
            return try Template(text)
        } catch {
            throw node.failure(error.message)
        }
    }

    private static func hash(
        _ hash: PasswordHash, _ node: YAMLNode
    ) throws(Failure) -> SeedExpression.Kind {
        guard let pairs = node.pairs else {
            let tag: SeedTag = hash == .argon2id ? .argon2id : .bcrypt
            return .hash(hash, try template(node, tag))
        }
        guard pairs.count == 1, let generate = node["generate"] else {
            throw node.failure(
                "gives \(hash.tag) a mapping without \"generate\"",
                next: "Write \(hash.tag) ${NAME}, or \(hash.tag) { generate: 24 }.")
        }
        return .generatedHash(hash, length: try length(generate, .generate))
    }

    /// A text in base 64, or `{ from: HEADER }` for one of a data file.
    private static func base64(_ node: YAMLNode) throws(Failure) -> SeedExpression.Kind {
        guard let pairs = node.pairs else { return .base64(try template(node, .base64)) }
        guard pairs.count == 1, let from = node["from"] else {
            throw node.failure(
                "gives !base64 a mapping without \"from\"",
                next: "Write !base64 TEXT, or !base64 { from: HEADER }.")
        }
        return .field(try header(from, .from), .base64)
    }

    private static func header(_ node: YAMLNode, _ tag: SeedTag) throws(Failure) -> String {
        guard let text = node.text, !text.isEmpty else {
            throw node.failure(
                "gives \(tag.rawValue) no header", next: "Write !from and a name of the first line."
            )
        }
        return text
    }

    private static func path(_ node: YAMLNode) throws(Failure) -> String {
        guard let text = node.text, !text.isEmpty, !node.isNullWord else {
            throw node.failure(
                "gives !file no path", next: "Write !file logo.png, a path inside the seeds folder."
            )
        }
        return text
    }

    private static func length(_ node: YAMLNode, _ tag: SeedTag) throws(Failure) -> Int {
        guard let text = node.text, let length = Int(text), (12...64).contains(length) else {
            throw node.failure(
                "gives \(tag.rawValue) no length from 12 to 64", next: "Write !generate 24.")
        }
        return length
    }

    private static func version(_ node: YAMLNode) throws(Failure) -> UUIDBytes.Version {
        guard let text = node.text else {
            throw node.failure("gives !uuid \(node.kind) where v4 or v7 belongs")
        }
        if text.isEmpty { return .v4 }
        guard let version = UUIDBytes.Version(rawValue: text) else {
            throw node.failure(
                "asks for a UUID of the unknown version \"\(text)\"", next: "Write v4 or v7.")
        }
        return version
    }

    private static func reference(_ node: YAMLNode) throws(Failure) -> SeedReference {
        let form = "Write !ref { table: role, where: { name: admin } }."
        guard let pairs = node.pairs else {
            throw node.failure("gives !ref \(node.kind) where a mapping belongs", next: form)
        }
        let known = ["table", "where", "column"]
        for (key, _) in pairs where !known.contains(key.text ?? "") {
            let text = key.text ?? ""
            throw key.failure(
                "has the unknown key \"\(text)\"" + didYouMean(text, in: known), next: form)
        }
        guard let table = node["table"], let name = table.text, !name.isEmpty else {
            throw node.failure("gives !ref no table", next: form)
        }
        guard let conditions = node["where"], let columns = conditions.pairs, !columns.isEmpty
        else { throw node.failure("gives !ref no conditions in \"where\"", next: form) }
        var cells: [SeedCell] = []
        for (key, value) in columns { cells.append(try condition(key, value)) }
        var reference = SeedReference(
            table: SeedWord(text: name, place: table.place), conditions: cells)
        if let column = node["column"] {
            guard let text = column.text, !text.isEmpty else {
                throw column.failure("is \(column.kind) where the name of a column belongs")
            }
            reference.column = SeedWord(text: text, place: column.place)
        }
        return reference
    }

    static func condition(
        _ key: YAMLNode, _ value: YAMLNode
    ) throws(Failure) -> SeedCell {
        let expression = try expression(value)
        switch expression.kind {
        case .null, .text, .reference, .secret, .field(_, .plain):
            return SeedCell(
                column: SeedWord(text: key.text ?? "", place: key.place), expression: expression)
        default:
            throw value.failure(
                "is no value that a row can be found by", next: "Write a text, or another !ref.")
        }
    }

    private static func sql(_ node: YAMLNode) throws(Failure) -> [String: String] {
        if let text = node.text {
            guard !text.isEmpty else { throw node.failure("gives !sql no expression") }
            return [SeedExpression.everyEngine: text]
        }
        guard let pairs = node.pairs, !pairs.isEmpty else {
            throw node.failure(
                "gives !sql \(node.kind) where an expression belongs",
                next: "Write !sql now(), or one for each engine: !sql { postgres: …, sqlite: … }.")
        }
        var expressions: [String: String] = [:]
        for (key, value) in pairs {
            guard let engine = key.text, let text = value.text, !text.isEmpty else {
                throw value.failure("is \(value.kind) where an expression in SQL belongs")
            }
            expressions[engine] = text
        }
        return expressions
    }
}
