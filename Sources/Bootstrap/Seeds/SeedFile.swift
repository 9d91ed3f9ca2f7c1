/// When a seed is planted again.
package enum SeedRun: String, Sendable, CaseIterable {
    /// Never again, whatever happens to its file.
    case once
    /// When its file, or a setting that it names and that is no secret, has changed.
    case onChange = "on-change"
    /// In every run.
    case always
}

/// What happens to rows that are there already.
package enum SeedMode: String, Sendable, CaseIterable {
    /// They are left alone.
    case insert
    /// Their columns become what the seed says.
    case upsert
    /// The same, and rows of the seed's scope that it does not name are deleted.
    case sync
}

/// A seed's file as it was read: tables, rows and expressions, without any database.
struct SeedFile: Sendable {
    /// The environments that it is meant for; empty for all.
    var environments: [String] = []
    var run = SeedRun.onChange
    var tables: [SeedTable] = []
}

/// The rows of one table.
struct SeedTable: Sendable {
    var name: TableName
    var place: Place
    /// The columns by which a row is found again.
    var key: [SeedWord] = []
    var mode = SeedMode.insert
    var columns: [SeedColumn] = []
    /// The rows, where the file itself has them.
    var rows: [SeedRow] = []
    /// The file that has them, else.
    var data: SeedData?
    /// What the rows have in common that `sync` may delete; empty for all of the table's.
    var scope: [SeedCell] = []
    /// How many rows `sync` may delete in one planting, those of other tables that go with them
    /// included; `nil` for any number.
    var maxDeletes: Int?

    /// When the column of an existing row is written.
    func policy(of column: String) -> WritePolicy? {
        columns.first { $0.name.text == column }?.policy
    }
}

/// A file with a table's rows: `.csv`, `.tsv` or `.jsonl`, each of them also with `.gz` behind it.
struct SeedData: Sendable {
    /// The file's path inside the seeds folder.
    var file: SeedWord
    /// What an unquoted field holds that means NULL; `nil` where no text means it.
    var null: String?
}

/// A name in a file, and where it stands.
struct SeedWord: Sendable, Equatable {
    var text: String
    var place: Place
}

/// What a table says about one of its columns.
struct SeedColumn: Sendable {
    var name: SeedWord
    /// What rows hold that do not name the column.
    var value: SeedExpression?
    var policy: WritePolicy?
}

/// When the column of an existing row is written.
enum WritePolicy: String, Sendable, CaseIterable {
    /// In every planting.
    case always
    /// Never: only when the row is made.
    case insert
    /// While it is NULL.
    case null
}

/// One row: a value for each column that it names.
struct SeedRow: Sendable {
    var place: Place
    var cells: [SeedCell]

    subscript(column: String) -> SeedCell? { cells.first { $0.column.text == column } }
}

/// One column's value in a row.
struct SeedCell: Sendable {
    var column: SeedWord
    var expression: SeedExpression
}

/// What a value is made of, and where it stands.
struct SeedExpression: Sendable {
    var kind: Kind
    var place: Place

    /// The shapes of a value.
    indirect enum Kind: Sendable {
        /// NULL.
        case null
        /// A text that the column's type gives its meaning.
        case text(Template)
        /// The hash of a password, made when the row is.
        case hash(PasswordHash, Template)
        /// The hash of a password of so many characters that is made with the row and shown once.
        case generatedHash(PasswordHash, length: Int)
        /// The SHA-256 of a secret: 64 hexadecimal digits, or 32 bytes.
        case sha256(Template)
        /// A text that is never shown.
        case secret(Template)
        /// A password of so many characters, made with the row and shown once.
        case generated(length: Int)
        /// A UUID, made with the row.
        case uuid(UUIDBytes.Version)
        /// The moment at which the row is made.
        case now
        /// A number: the start for a table's first row, one more for each row after it.
        case sequence(Int64)
        /// A column of another row.
        case reference(SeedReference)
        /// An expression in SQL, put in as it is.
        case sql([String: String])
        /// A JSON document, written as YAML.
        case json(JSONTemplate)
        /// Raw bytes in base 64.
        case base64(Template)
        /// The content of a file, by its path inside the seeds folder.
        case file(SeedWord)
        /// What a data file's record holds below this header.
        case field(String, FieldForm)
    }

    /// How the text of a data file's field is meant.
    enum FieldForm: Sendable {
        /// As the column's type has it.
        case plain
        /// Raw bytes in base 64.
        case base64
    }

    /// The name of an expression in SQL that is meant for every engine.
    static let everyEngine = ""

    /// Whether the value is made with the row and kept afterwards, whatever the mode.
    var isMadeOnce: Bool {
        switch kind {
        case .hash, .generatedHash, .generated, .uuid, .now, .sequence: true
        case .null, .text, .sha256, .secret, .reference, .sql, .json, .base64, .file, .field: false
        }
    }

    /// Whether the value is a password, or what is kept of one.
    var isPassword: Bool {
        if case .generated = kind { return true }
        return isHash
    }

    /// Whether the value is a hash, which may be compared with but never written again.
    var isHash: Bool {
        switch kind {
        case .hash, .generatedHash: true
        default: false
        }
    }
}

/// A row of another table, found by its columns.
struct SeedReference: Sendable {
    var table: SeedWord
    var conditions: [SeedCell]
    /// The column that is wanted; `nil` for the one that a foreign key points at.
    var column: SeedWord?
}

/// A JSON document with settings in its texts; numbers keep their digits.
indirect enum JSONTemplate: Sendable {
    /// `null`, `true`, `false` or a number, as it goes into the document.
    case literal(String)
    case text(Template)
    case list([JSONTemplate])
    case object([(name: String, value: JSONTemplate)])
}

// MARK: Settings

extension SeedExpression {
    /// The templates inside, with whether each is a secret.
    var templates: [(template: Template, isSecret: Bool, place: Place)] {
        switch kind {
        case .text(let template), .base64(let template): [(template, false, place)]
        case .hash(_, let template), .sha256(let template), .secret(let template):
            [(template, true, place)]
        case .json(let json): json.templates.map { ($0, false, place) }
        case .reference(let reference):
            reference.conditions.flatMap(\.expression.templates)
        case .null, .generatedHash, .generated, .uuid, .now, .sequence, .sql, .file, .field: []
        }
    }
}

extension JSONTemplate {
    var templates: [Template] {
        switch self {
        case .literal: []
        case .text(let template): [template]
        case .list(let elements): elements.flatMap(\.templates)
        case .object(let members): members.flatMap(\.value.templates)
        }
    }
}

extension SeedFile {
    /// Every template of the file in its order.
    var templates: [(template: Template, isSecret: Bool, place: Place)] {
        tables.flatMap(\.expressions).flatMap(\.templates)
    }

    /// The files that it names, in their order, each once: data files, and contents of columns.
    var files: [SeedWord] {
        var files: [SeedWord] = []
        for table in tables {
            let contents = table.expressions.compactMap(\.fileName)
            for word in [table.data?.file].compactMap(\.self) + contents
            where !files.contains(where: { $0.text == word.text }) {
                files.append(word)
            }
        }
        return files
    }
}

extension SeedTable {
    /// Every expression in the table's order: those of its rows, or of the columns where a data file
    /// has the rows, then those of its scope.
    var expressions: [SeedExpression] {
        let columns = data == nil ? [] : columns.compactMap(\.value)
        return rows.flatMap(\.cells).map(\.expression) + columns + scope.map(\.expression)
    }
}

extension SeedExpression {
    /// The file whose content it is.
    fileprivate var fileName: SeedWord? {
        guard case .file(let word) = kind else { return nil }
        return word
    }
}
