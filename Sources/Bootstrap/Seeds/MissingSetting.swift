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
            for reference in use.template.outerReferences {
                guard
                    let problem = settings.objection(to: reference, isSecret: use.isSecret),
                    seen.insert("\(reference.name)\n\(use.place)").inserted
                else { continue }
                missing.append(
                    MissingSetting(name: reference.name, place: use.place, problem: problem))
            }
        }
        return missing
    }

    /// The missing settings that the seed's checksum needs, which no secret is part of.
    ///
    /// Without them nobody can tell whether the seed was planted as it is.
    package func missingFromChecksum(_ settings: Settings) -> [MissingSetting] {
        guard run == .onChange else { return [] }
        let secrets = secretNames
        return missingSettings(settings).filter {
            !settings.isSecret($0.name) && !secrets.contains($0.name)
        }
    }

    /// The failure for a secret that stands in the file itself and is `changethis`, or `nil`.
    package func writtenSecret(_ settings: Settings) -> Failure? {
        let texts = file.templates.filter { $0.isSecret && $0.template.isConstant }
        guard !settings.isLenient,
            let use = texts.first(where: {
                Settings.isPlaceholder((try? $0.template.resolve(settings).text) ?? "")
            })
        else { return nil }
        return Failure(
            .configuration,
            "has the secret changethis, which only development, local and test take",
            place: use.place, state: "The database has not been touched.",
            next: "Name a setting in its place, as in !argon2id ${FIRST_SUPERUSER_PASSWORD}.")
    }
}

extension Settings {
    /// What is wrong with the value that a reference takes, as the rest of a sentence that begins
    /// with its name; `isSecret` where it stands inside of a secret's tag.
    fileprivate func objection(to reference: Template.Reference, isSecret: Bool) -> String? {
        guard isSecret || self.isSecret(reference.name),
            let value = try? reference.value(self).text
        else { return nil }
        if value.isEmpty { return isSecret && reference.fallback == nil ? "is empty" : nil }
        guard Self.isPlaceholder(value), !isLenient else { return nil }
        let isSet = self[reference.name].map { !$0.value.isEmpty } ?? false
        let what = isSet ? "is still" : "is not set and has the default"
        return "\(what) changethis, which only development, local and test take"
    }

    /// Throws 78 for what `seeds` need and do not get, and for secrets that nobody has set.
    ///
    /// `password` is the URL's.
    package func check(_ seeds: [Seed], password: Secret?) throws(Failure) {
        if let failure = Failure(missing: seeds.flatMap { $0.missingSettings(self) }) {
            throw failure
        }
        if let failure = seeds.lazy.compactMap({ $0.writtenSecret(self) }).first { throw failure }
        let names = seeds.reduce(into: Set<String>()) { $0.formUnion($1.secretNames) }
        if let weak = weakSecrets([], password: password, secrets: names).first { throw weak }
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
            .configuration, "seeds need \(names.count) settings",
            state: "The database has not been touched.", next: next)
        headline += "\n" + lines.joined(separator: "\n")
    }
}
