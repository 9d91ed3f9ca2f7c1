/// sqitch: the changes of `sqitch.plan`, each with a script in `deploy` and perhaps one in `revert`.
/// <https://sqitch.org/docs/manual/sqitch/>
enum Sqitch: FolderFormat {
    static let name = "sqitch"
    /// Its changes have names without numbers: the plan gives them their order.
    static let isListed = true
    static let signs = ["sqitch.plan", "sqitch.conf"]

    static func migrations(in folder: FormatFolder) throws(Failure) -> [Migration] {
        let layout = try SqitchLayout(in: folder)
        guard folder.hasFile(layout.plan) else {
            throw Failure(.configuration, "there is no plan \(folder.path(of: layout.plan))")
        }
        let plan = try SqitchPlan(folder.source(layout.plan))
        let listings = plan.listings
        var migrations: [Migration] = []
        for change in plan.changes {
            let deploy = change.isReworked ? layout.reworkedDeploy : layout.deploy
            let stems = change.stems
            let stem = stems.first { folder.hasFile("\(deploy)/\($0)\(layout.ending)") } ?? stems[0]
            let file = "\(deploy)/\(stem)\(layout.ending)"
            guard folder.hasFile(file) else {
                throw plan.source.failure(
                    "plans a change whose script \(folder.path(of: file)) is missing",
                    line: change.line)
            }
            var migration = folder.migration(
                String(migrations.count + 1), stem, up: try body(file, in: folder))
            migration.listing = listings?[migrations.count]
            let revert = change.isReworked ? layout.reworkedRevert : layout.revert
            let back = "\(revert)/\(stem)\(layout.ending)"
            if folder.hasFile(back) { migration.waysBack[""] = .body(try body(back, in: folder)) }
            migrations.append(migration)
        }
        return migrations
    }

    private static func body(
        _ file: String, in folder: FormatFolder
    ) throws(Failure) -> MigrationBody {
        try folder.body(folder.text(file), as: FileManner(sendsAlone: true))
    }
}

/// Where the files of a sqitch project are, as paths from its folder.
private struct SqitchLayout {
    let plan, deploy, revert, reworkedDeploy, reworkedRevert: String
    /// With its dot.
    let ending: String

    /// By `sqitch.conf`, where it says so: the engine's settings come before those of the core.
    /// <https://sqitch.org/docs/manual/sqitch-configuration/>
    init(in folder: FormatFolder) throws(Failure) {
        let values =
            folder.hasFile("sqitch.conf")
            ? Self.values(of: try folder.source("sqitch.conf")) : [:]
        func value(_ key: String) -> String? {
            values["core.engine"].flatMap { values["engine.\($0).\(key)"] } ?? values["core.\(key)"]
        }
        func path(_ key: String, in parent: String, _ name: String) -> String {
            value(key) ?? (parent == "." ? name : "\(parent)/\(name)")
        }
        let top = value("top_dir") ?? "."
        let reworked = value("reworked_dir") ?? top
        plan = path("plan_file", in: top, "sqitch.plan")
        deploy = path("deploy_dir", in: top, "deploy")
        revert = path("revert_dir", in: top, "revert")
        reworkedDeploy = path("reworked_deploy_dir", in: reworked, "deploy")
        reworkedRevert = path("reworked_revert_dir", in: reworked, "revert")
        ending = "." + (value("extension") ?? "sql")
    }

    /// The values of a file as git's, by `section.key` or `section.name.key`.
    private static func values(of source: SourceFile) -> [String: String] {
        var values: [String: String] = [:]
        var section = ""
        for line in TextLines(source.bytes[source.start...]) {
            let text = String(decoding: line, as: UTF8.self).prefix { $0 != "#" && $0 != ";" }
            if text.contains("["), let end = text.lastIndex(of: "]") {
                section = text[..<end].split { "[ \t\"".contains($0) }.joined(separator: ".")
            } else if let equals = text.firstIndex(of: "=") {
                let blanks: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\"" }
                let key = text[..<equals].split(whereSeparator: blanks).joined()
                var value = text[text.index(after: equals)...].drop(while: blanks)
                while let last = value.last, blanks(last) { value.removeLast() }
                while value.count > 1, value.last == "/" { value.removeLast() }
                values["\(section).\(key)"] = String(value)
            }
        }
        return values
    }
}

/// The changes of a `sqitch.plan`, in their order.
/// <https://sqitch.org/docs/manual/sqitchplan/>
struct SqitchPlan {
    /// The plan's file.
    let source: SourceFile
    private(set) var changes: [Change] = []
    /// What its head says: `project`, `uri`.
    private(set) var pragmas: [String: String] = [:]

    struct Change: Equatable {
        let name: String
        /// The line that it stands in.
        let line: Int
        /// What else stands there; `nil` where sqitch would miss something.
        let entry: SqitchEntry?
        /// The tags behind it, with their `@`.
        var tags: [Tag] = []
        /// The tags between it and the change of the same name that comes next, with their `@`; the
        /// last one first, those of the change itself behind all others.
        var tagsUntilRework: [String] = []
        /// Whether a later change has its name.
        var isReworked = false

        struct Tag: Equatable {
            let name: String
            let entry: SqitchEntry?
        }

        /// What its scripts may be called: that of one that was reworked keeps a tag in its name.
        var stems: [String] { isReworked ? tagsUntilRework.map { name + $0 } : [name] }
    }

    /// Reads a plan, or throws 65 for a line that sqitch would refuse.
    init(_ source: SourceFile) throws(Failure) {
        self.source = source
        var number = 0
        // By the place of the change that they follow.
        var tags: [(tag: String, change: Int)] = []
        // The place of each name's last change.
        var places: [String: Int] = [:]
        for bytes in TextLines(source.bytes[source.start...]) {
            number += 1
            func refuse(_ headline: String) -> Failure { source.failure(headline, line: number) }
            // The first `#` begins a note.
            let text = String(decoding: bytes, as: UTF8.self)
            var line = text.prefix { $0 != "#" }
            let note = text[line.endIndex...].dropFirst()
            // A change may have its operator in front, with blanks or without.
            let bare = line.drop { $0 == " " || $0 == "\t" }
            if bare.first == "+" { line = bare.dropFirst() }
            guard let first = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).first else {
                continue
            }
            guard !first.hasPrefix("%") else {
                addPragma(line)
                continue
            }
            let entry = SqitchEntry(line[first.endIndex...], note: note)
            if first.hasPrefix("@") {
                guard !changes.isEmpty else { throw refuse("is a tag, and no change is before it") }
                guard !tags.contains(where: { $0.tag == first }) else {
                    throw refuse("is a second tag \(first)")
                }
                tags.append((String(first), changes.count - 1))
                changes[changes.count - 1].tags.append(.init(name: String(first), entry: entry))
                continue
            }
            guard first != "-", !first.hasPrefix("-") else {
                throw refuse("takes a change back, which sqitch no longer does")
            }
            let name = String(first)
            guard !name.isEmpty, !name.contains(where: { ":@\\[]".contains($0) }) else {
                throw refuse("has no name that sqitch allows")
            }
            if let place = places[name] {
                changes[place].isReworked = true
                changes[place].tagsUntilRework = tags.reversed().filter { $0.change >= place }
                    .map(\.tag)
                guard !changes[place].tagsUntilRework.isEmpty else {
                    throw refuse("plans \(name) a second time, and no tag is between")
                }
            }
            for dependency in Self.dependencies(in: line) {
                guard let problem = dependency.problem(among: places) else { continue }
                throw refuse(problem)
            }
            places[name] = changes.count
            changes.append(Change(name: name, line: number, entry: entry))
        }
    }

    /// Takes a line of the head: `%uri=https://example.com/shop/`.
    private mutating func addPragma(_ line: Substring) {
        let parts = line.drop { $0 != "%" }.dropFirst()
            .split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return }
        pragmas[parts[0].trimmed] = parts[1].trimmed
    }

    private static func dependencies(in line: Substring) -> [Dependency] {
        guard let begin = line.firstIndex(of: "["), let end = line[begin...].firstIndex(of: "]")
        else { return [] }
        return line[line.index(after: begin)..<end].split { $0 == " " || $0 == "\t" }
            .map(Dependency.init)
    }

    /// A change that another one needs, or must not meet: `users`, `users@v1`, `!users`.
    private struct Dependency {
        private let text: Substring
        init(_ text: Substring) { self.text = text }

        /// Why it is not met, if it is one of this project's.
        func problem(among places: [String: Int]) -> String? {
            let isConflict = text.hasPrefix("!")
            let name = text.drop { $0 == "!" }.prefix { !"@^~".contains($0) }
            // Other projects' changes are theirs to deploy, and a tag alone is a place in the plan.
            guard !text.contains(":"), !name.isEmpty, name.count < 40 else { return nil }
            guard isConflict == (places[String(name)] != nil) else { return nil }
            return isConflict
                ? "is in conflict with \(name), which comes before it"
                : "needs \(name), which does not come before it"
        }
    }
}
