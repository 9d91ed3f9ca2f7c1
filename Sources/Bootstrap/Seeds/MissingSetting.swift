/// A setting that a seed needs and that has no fit value.
package struct MissingSetting: Sendable, Equatable {
    /// The setting's name.
    package var name: String
    /// Where the seed names it.
    package var place: Place
    /// What is wrong, as the rest of a sentence that begins with the name: `is not set`.
    package var problem: String

    /// A setting that is missing.
    package init(name: String, place: Place, problem: String) {
        self.name = name
        self.place = place
        self.problem = problem
    }
}

extension Seed {
    /// What the seed needs and does not get, in the order of its file; no database is needed.
    ///
    /// A secret that is `changethis` is missing too, but in development, local and test.
    package func missingSettings(_ settings: Settings) -> [MissingSetting] {
        var missing: [MissingSetting] = []
        var seen: Set<String> = []
        for use in file.templates {
            for error in use.template.missing(in: settings) {
                guard let name = error.missingName, seen.insert("\(name)\n\(use.place)").inserted
                else { continue }
                missing.append(
                    MissingSetting(name: name, place: use.place, problem: error.problem.words))
            }
            guard use.isSecret else { continue }
            for name in use.template.names {
                guard let problem = Self.objection(to: settings[name], settings.environmentName),
                    seen.insert("\(name)\n\(use.place)").inserted
                else { continue }
                missing.append(MissingSetting(name: name, place: use.place, problem: problem))
            }
        }
        return missing
    }

    /// Environments in which a secret may be the one that every template ships with.
    private static let tolerant: Set<String> = ["development", "local", "test"]

    private static func objection(to setting: Setting?, _ environment: String?) -> String? {
        guard let setting else { return nil }
        if setting.value.isEmpty { return "is empty" }
        if setting.value == "changethis", !tolerant.contains(environment ?? "") {
            return "is still changethis, which only development, local and test take"
        }
        return nil
    }
}

extension TemplateError.Problem {
    fileprivate var words: String {
        switch self {
        case .missing(_, let why?) where !why.isEmpty: "is not set: \(why)"
        case .unreadable(_, let message): message
        case .missing, .unclosed, .nameless, .tooDeep, .malformed: "is not set"
        }
    }
}

extension Failure {
    /// The one failure for all settings that seeds miss, or `nil` when they miss none.
    package init?(missing settings: [MissingSetting]) {
        guard let first = settings.first else { return nil }
        let next =
            "Set them in the environment, in .env, or with --set NAME=VALUE; "
            + "for a secret the environment, or a file that NAME_FILE names."
        var names: [String] = []
        for setting in settings where !names.contains(setting.name) { names.append(setting.name) }
        guard names.count > 1 else {
            self.init(
                .configuration, "needs the setting \(first.name), which \(first.problem)",
                place: first.place,
                state: "The database has not been touched.",
                next: "Set it" + next.dropFirst("Set them".count))
            return
        }
        let lines = names.map { name in
            let uses = settings.filter { $0.name == name }
            let places = uses.map { "\($0.place)" }.joined(separator: ", ")
            return "    \(name) \(uses[0].problem) (\(places))"
        }
        self.init(
            .configuration,
            "seeds need \(names.count) settings\n" + lines.joined(separator: "\n"),
            state: "The database has not been touched.", next: next)
    }
}
