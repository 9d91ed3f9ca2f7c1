import Bootstrap

extension Repairs {
    /// The findings as people read them: the target, one a line, and what to do next.
    var lines: [String] {
        var lines = [Line(label: "", text: "bootstrap \(toolVersion): \(target)")]
        lines += findings.map { Line(label: $0.label, text: $0.text) }
        let open = findings.filter { !$0.isRepaired }
        if open.isEmpty {
            lines.append(Line(label: "ready", text: verdict))
        } else {
            if open.contains(where: { $0.kind != .interrupted }) {
                lines.append(
                    Line(
                        label: "next",
                        text:
                            "bootstrap repair --yes takes changed files for what was applied, and "
                            + "drops the rows of missing ones"))
            }
            if open.contains(where: { $0.kind == .interrupted && $0.outcome == nil }) {
                lines.append(
                    Line(
                        label: "next",
                        text: "look whether the statement took effect, then bootstrap repair "
                            + "--statement done, or --statement again"))
            }
        }
        return lines.map { $0.text(colour: false) }
    }

    private var verdict: String {
        guard exists else { return "there is no history yet" }
        return findings.isEmpty ? "files and history agree" : "files and history agree now"
    }

    /// The findings as members of one object.
    var members: [JSON.Member] {
        [
            .init("target", .string(target)), .init("exists", .bool(exists)),
            .init("clean", .bool(isClean)),
            .init("findings", .array(findings.map(\.json))),
        ]
    }
}

extension Repairs.Outcome {
    /// What the statement did.
    var text: String {
        switch self {
        case .done: "took effect"
        case .untouched: "did nothing"
        case .partly: "took effect in part"
        }
    }

    /// What the next run does.
    var consequence: String {
        switch self {
        case .done: "goes on behind it"
        case .untouched: "begins with it"
        case .partly: "does what is left"
        }
    }
}

extension Repairs.Finding {
    fileprivate var label: String {
        guard !isRepaired else { return "repaired" }
        return kind == .interrupted ? "open" : kind == .missing ? "missing" : "changed"
    }

    fileprivate var text: String { name.padded(to: 30) + details }

    private var details: String {
        switch kind {
        case .reformatted where isRepaired, .changed where isRepaired:
            return "its checksum is the file's now"
        case .missing where isRepaired: return "its row is gone, like its file"
        case .interrupted where isRepaired: return "statement \(place) is settled"
        case .reformatted:
            return "its text has changed since it was applied, its statements have not"
        case .changed: return "its statements have changed since it was applied"
        case .missing: return "it is applied, and its file is gone"
        case .interrupted:
            guard let outcome else {
                return "whether statement \(place) took effect is not known"
            }
            return "statement \(place) \(outcome.text); the next run \(outcome.consequence)"
        }
    }

    private var place: String {
        "\(statement ?? 0) of \(total ?? 0)" + (isWayBack ? " of its way back" : "")
    }

    fileprivate var json: JSON {
        .object([
            .init("name", .string(name)), .init("finding", .string(kind.rawValue)),
            .init("repaired", .bool(isRepaired)),
            .init("statement", statement.map { .integer($0) } ?? .null),
            .init("total", total.map { .integer($0) } ?? .null),
            .init("way_back", .bool(isWayBack)),
            .init("outcome", JSON(outcome?.rawValue)),
        ])
    }
}
