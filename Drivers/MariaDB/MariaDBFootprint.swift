#if MariaDB
import Bootstrap

/// What a definition does to the objects that it names: read from its first words, without a grammar.
///
/// Definitions are done or not done since MariaDB 10.6 and MySQL 8.0, as long as they name one
/// object; DROP of several goes name by name on MariaDB.
///
/// - <https://mariadb.com/docs/server/reference/sql-statements/data-definition/atomic-ddl>
/// - <https://dev.mysql.com/doc/refman/9.0/en/atomic-ddl.html>
enum MariaDBEffect: Equatable {
    typealias Name = MariaDBObject.Name

    /// What was not there is there.
    case creates(MariaDBObject)
    /// What was there is not; `rest` drops what is left of several.
    case drops([MariaDBObject], rest: String?)
    /// The object is another one now.
    case alters(MariaDBObject)
    /// What had one name has the other, one pair after the other.
    case renames([Renaming])

    struct Renaming: Equatable {
        var from: MariaDBObject
        var to: MariaDBObject
    }

    /// Reads a statement; `nil` for what is no definition, or one that cannot be read.
    init?(_ text: String, _ rules: LexicalRules) {
        var tokens = TokenTexts(text, rules)
        switch tokens.next() {
        case "CREATE": self.init(creating: &tokens)
        case "DROP": self.init(dropping: &tokens)
        case "ALTER": self.init(altering: &tokens)
        case "RENAME": self.init(renaming: &tokens)
        default: return nil
        }
    }

    /// The objects whose state tells.
    var objects: [MariaDBObject] {
        switch self {
        case .creates(let object), .alters(let object): [object]
        case .drops(let objects, _): objects
        case .renames(let pairs): Self.unique(pairs.flatMap { [$0.from, $0.to] })
        }
    }

    private static func unique(_ objects: [MariaDBObject]) -> [MariaDBObject] {
        var seen: Set<MariaDBObject> = []
        return objects.filter { seen.insert($0).inserted }
    }
}

// MARK: - Reading

extension MariaDBEffect {
    private static let words: [String: MariaDBObject.Kind] = [
        "TABLE": .relation, "VIEW": .relation, "SEQUENCE": .relation, "INDEX": .index,
        "PROCEDURE": .procedure, "FUNCTION": .function, "PACKAGE": .package, "TRIGGER": .trigger,
        "EVENT": .event, "DATABASE": .database, "SCHEMA": .database,
    ]

    /// Reads up to the word for a kind of object.
    private static func kind(_ tokens: inout TokenTexts) -> MariaDBObject.Kind? {
        while let text = tokens.next() {
            if let kind = words[text] { return kind }
            // A definer may be called like anything: DEFINER = `event`@`localhost`.
            if text == "=" {
                _ = tokens.nextIdentifier()
                if tokens.skip("@") { _ = tokens.nextIdentifier() ?? tokens.next() }
            }
            if text == "SERVER" || text == "(" { return nil }
        }
        return nil
    }

    private static func name(_ tokens: inout TokenTexts) -> Name? {
        guard let first = tokens.nextIdentifier() else { return nil }
        guard tokens.skip(".") else { return Name(database: nil, name: first) }
        return tokens.nextIdentifier().map { Name(database: first, name: $0) }
    }

    private static func names(_ tokens: inout TokenTexts) -> [Name] {
        var names: [Name] = []
        repeat {
            guard let name = name(&tokens) else { return [] }
            names.append(name)
        } while tokens.skip(",")
        return names
    }

    /// `name ON table`, with what may stand between.
    private static func index(_ tokens: inout TokenTexts) -> MariaDBObject? {
        guard let name = tokens.nextIdentifier(), tokens.skip(past: "ON"),
            let table = Self.name(&tokens)
        else { return nil }
        return MariaDBObject(
            .index, Name(database: table.database, name: name), of: table.name)
    }

    private init?(creating tokens: inout TokenTexts) {
        guard let kind = Self.kind(&tokens) else { return nil }
        if kind == .index {
            guard let index = Self.index(&tokens) else { return nil }
            self = .creates(index)
            return
        }
        // A package's body has a name that is the package's.
        if kind == .package, tokens.peek() == "BODY" { return nil }
        guard let name = Self.name(&tokens) else { return nil }
        // A function from a library is in another catalogue.
        if kind == .function, tokens.peek() == "RETURNS" { return nil }
        self = .creates(MariaDBObject(kind, name))
    }

    private init?(dropping tokens: inout TokenTexts) {
        guard let word = tokens.peek(), let kind = Self.kind(&tokens) else { return nil }
        if kind == .index {
            guard let index = Self.index(&tokens) else { return nil }
            self = .drops([index], rest: nil)
            return
        }
        if kind == .package, tokens.peek() == "BODY" { return nil }
        let names = Self.names(&tokens)
        guard !names.isEmpty else { return nil }
        let list = names.map(\.quoted).joined(separator: ", ")
        let rest = names.count > 1 ? "DROP \(word) IF EXISTS \(list)" : nil
        self = .drops(names.map { MariaDBObject(kind, $0) }, rest: rest)
    }

    private init?(altering tokens: inout TokenTexts) {
        guard let kind = Self.kind(&tokens) else { return nil }
        if tokens.skip("IF") { _ = tokens.skip("EXISTS") }
        guard let name = Self.name(&tokens) else { return nil }
        switch kind {
        case .relation:
            if let target = Self.newName(&tokens) {
                self = .renames([
                    Renaming(
                        from: MariaDBObject(.relation, name), to: MariaDBObject(.relation, target))
                ])
            } else {
                self = .alters(MariaDBObject(.table, name))
            }
        case .event:
            guard let target = Self.newName(&tokens) else { return nil }
            self = .renames([
                Renaming(from: MariaDBObject(.event, name), to: MariaDBObject(.event, target))
            ])
        default: return nil
        }
    }

    /// What stands behind RENAME outside of parentheses, if it is the object's own new name.
    private static func newName(_ tokens: inout TokenTexts) -> Name? {
        var depth = 0
        while let text = tokens.next() {
            if text == "(" { depth += 1 }
            if text == ")" { depth -= 1 }
            guard text == "RENAME", depth == 0 else { continue }
            if ["COLUMN", "INDEX", "KEY"].contains(tokens.peek()) { continue }
            _ = tokens.skip("TO") || tokens.skip("AS") || tokens.skip("=")
            return name(&tokens)
        }
        return nil
    }

    private init?(renaming tokens: inout TokenTexts) {
        guard tokens.skip("TABLE") || tokens.skip("TABLES") else { return nil }
        if tokens.skip("IF") { _ = tokens.skip("EXISTS") }
        var pairs: [Renaming] = []
        repeat {
            guard let from = Self.name(&tokens), tokens.skip(past: "TO"),
                let to = Self.name(&tokens)
            else { return nil }
            pairs.append(
                Renaming(from: MariaDBObject(.shape, from), to: MariaDBObject(.shape, to)))
        } while tokens.skip(",")
        self = .renames(pairs)
    }
}

// MARK: - Judging

extension MariaDBEffect {
    typealias States = [MariaDBObject: String]

    /// How a later run finds out what became of the statement.
    func footprint(in views: MariaDBViews) -> Footprint {
        let state = MariaDBObject.state(of: objects, in: views)
        return Footprint(state: state, addition: addition) { before, now in
            let (before, now) = (states(in: before), states(in: now))
            guard objects.allSatisfy({ before[$0] != nil && now[$0] != nil }) else {
                return .unknown("What was there before it is not known.")
            }
            return outcome(before, now)
        }
    }

    /// The one object that it adds; one that is named with its database may be another name for one
    /// without.
    private var addition: String? {
        guard case .creates(let object) = self, object.database == nil else { return nil }
        return object.key
    }

    /// The states of its own objects, in a text that may have those of others.
    private func states(in text: String) -> States {
        let own = Set(objects)
        return MariaDBObject.states(in: text).filter { own.contains($0.key) }
    }

    private func outcome(_ before: States, _ now: States) -> Footprint.Outcome {
        let absent = MariaDBObject.absent
        switch self {
        case .creates(let object), .alters(let object):
            if before == now { return .untouched }
            return now[object] == absent
                ? .unknown("`\(object.name)` was there and is gone.") : .done
        case .drops(let objects, let rest):
            let isAbsent = { (states: States) in objects.filter { states[$0] == absent }.count }
            if before != now, isAbsent(now) == objects.count { return .done }
            // Also what is left of a DROP that was interrupted before.
            return isAbsent(now) == 0 ? .untouched : rest.map { .partly(rest: $0) } ?? .untouched
        case .renames(let pairs):
            let after = Self.after(pairs, before)
            if now == after, after != before { return .done }
            if now == before, after != before { return .untouched }
            let names = objects.map { "`\($0.name)`" }.joined(separator: ", ")
            return .unknown(
                after == before
                    ? "\(names) have the same definition, so that nothing shows whether they have "
                        + "changed places."
                    : "\(names) are neither as before it nor as it would have left them.")
        }
    }

    /// What is where once the pairs have been renamed one after the other.
    private static func after(
        _ pairs: [Renaming], _ before: States
    ) -> States {
        var states = before
        for pair in pairs {
            states[pair.to] = states[pair.from]
            states[pair.from] = MariaDBObject.absent
        }
        return states
    }
}
#endif
