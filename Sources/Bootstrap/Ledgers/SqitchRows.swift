import Crypto

/// The rows of a change in sqitch's tables: projects, changes, dependencies, tags and events.
struct SqitchRows {
    private let change: SqitchListing
    private let pen: LedgerPen
    private let name, email: LedgerPen.Cell
    private let id: LedgerPen.Cell

    /// - `pen`: one for the table `changes`.
    init(_ change: SqitchListing, by owner: Owner, with pen: LedgerPen) {
        (self.change, self.pen) = (change, pen)
        // sqitch's own user has told it a name; without one it takes such an address too.
        (name, email) = (.text("bootstrap"), .text("bootstrap@\(owner.host)"))
        id = .text(change.id)
    }

    /// What writes that the change was deployed.
    ///
    /// - `script`: its file's bytes.
    func record(_ script: [UInt8]) -> [String] {
        let hash = LedgerPen.Cell.text(Checksums.hexadecimal(Insecure.SHA1.hash(data: script)))
        return [
            project, event("deploy", where: "NOT " + events.exists(isLast("deploy"))),
            pen.insert(
                planned([
                    "change_id": id, "script_hash": hash, "change": .text(change.name),
                    "project": .text(change.project),
                    "committed_at": pen.later(than: "committed_at"),
                ]), where: "NOT " + pen.exists(isOurs)),
        ] + change.dependencies.map(dependency) + change.tags.map(tag)
    }

    /// What writes that it was reverted.
    func erase() -> [String] {
        let condition = "\(pen.exists(isOurs)) AND NOT \(events.exists(isLast("revert")))"
        return [event("revert", where: condition)]
            + [tags, dependencies, pen].map { $0.delete(where: isOurs) }
    }

    private var events: LedgerPen { pen.beside("events") }
    private var tags: LedgerPen { pen.beside("tags") }
    private var dependencies: LedgerPen { pen.beside("dependencies") }

    /// The condition that a row is about this change.
    private var isOurs: String { pen.condition(["change_id": id]) }

    private var project: String {
        let projects = pen.beside("projects")
        return projects.insert(
            [
                "project": .text(change.project),
                "uri": change.uri.map { .text($0) } ?? .expression("NULL"),
                "created_at": .now, "creator_name": name, "creator_email": email,
            ], unless: projects.condition(["project": .text(change.project)]))
    }

    private func event(_ event: String, where condition: String) -> String {
        func words(_ isConflict: Bool) -> [String] {
            change.dependencies.filter { $0.isConflict == isConflict }.map(\.text)
        }
        return events.insert(
            planned([
                "event": .text(event), "change_id": id, "change": .text(change.name),
                "project": .text(change.project),
                "requires": .words(words(false), separator: ","),
                "conflicts": .words(words(true), separator: ","),
                "tags": .words(change.tags.map(\.name), separator: " "),
                "committed_at": events.later(than: "committed_at"),
            ]), where: condition)
    }

    /// The condition that a row is the change's last event, and of this kind.
    private func isLast(_ event: String) -> String {
        let moment = events.column("committed_at")
        return events.condition(["change_id": id, "event": .text(event)])
            + " AND \(moment) = (SELECT max(n.\(moment)) FROM \(events.name) AS n WHERE n."
            + events.condition(["change_id": id]) + ")"
    }

    private func dependency(_ dependency: SqitchListing.Dependency) -> String {
        let word = LedgerPen.Cell.text(dependency.text)
        let target =
            dependency.isConflict ? LedgerPen.Cell.expression("NULL") : id(of: dependency.target)
        return dependencies.insert(
            [
                "change_id": id, "type": .text(dependency.isConflict ? "conflict" : "require"),
                "dependency": word, "dependency_id": target,
            ], unless: dependencies.condition(["change_id": id, "dependency": word]))
    }

    /// The change that a dependency points at; NULL, which the table refuses, where it is not deployed.
    private func id(of target: SqitchListing.Target) -> LedgerPen.Cell {
        switch target {
        case .change(let id): return .text(id)
        case .foreign(let project, let change, let tag):
            let (id, moment) = (pen.column("change_id"), pen.column("committed_at"))
            let ofProject = pen.condition(["project": .text(project)])
            let tagged =
                "FROM \(tags.name) AS g WHERE g.\(ofProject) AND g."
                + tags.condition(["tag": .text("@" + tag)])
            guard !change.isEmpty else { return .expression("(SELECT g.\(id) \(tagged))") }
            let named =
                "SELECT c.\(id) FROM \(pen.name) AS c WHERE c.\(ofProject) AND c."
                + pen.condition(["change": .text(change)])
            // Of several the first one; behind a name and a tag, the last one that the tag has.
            return .expression(
                tag.isEmpty
                    ? "(\(named) ORDER BY c.\(moment) LIMIT 1)"
                    : "(\(named) AND c.\(moment) <= (SELECT g.\(moment) \(tagged)) "
                        + "ORDER BY c.\(moment) DESC LIMIT 1)")
        }
    }

    private func tag(_ tag: SqitchListing.Tag) -> String {
        // The change's own moment: sqitch takes what is not later than a tag for tagged.
        let moment =
            "(SELECT c.\(pen.column("committed_at")) FROM \(pen.name) AS c WHERE c.\(isOurs))"
        return tags.insert(
            planned(
                [
                    "tag_id": .text(tag.id), "tag": .text(tag.name),
                    "project": .text(change.project), "change_id": id,
                    "committed_at": .expression(moment),
                ], tag.entry),
            where: "NOT " + tags.exists(tags.condition(["tag_id": .text(tag.id)])))
    }

    /// Columns with those behind them that tell by whom a thing was planned, and by whom committed.
    private func planned(
        _ columns: KeyValuePairs<String, LedgerPen.Cell>, _ entry: SqitchEntry? = nil
    ) -> [(key: String, value: LedgerPen.Cell)] {
        let entry = entry ?? change.entry
        let moment = entry.date.replacing("T", with: " ").replacing("Z", with: "")
        let others: KeyValuePairs<String, LedgerPen.Cell> = [
            "note": .text(entry.note), "committer_name": name, "committer_email": email,
            "planned_at": .text(moment), "planner_name": .text(entry.planner),
            "planner_email": .text(entry.email),
        ]
        return Array(columns) + Array(others)
    }
}
