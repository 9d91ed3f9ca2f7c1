/// The guard against secrets that were never set.
extension Settings {
    /// The environments in which a secret may be `changethis`, or empty.
    package static let lenientEnvironments = ["development", "local", "test"]

    /// Whether the environment is one of those.
    var isLenient: Bool { environmentName.map(Self.lenientEnvironments.contains) ?? false }

    /// One failure for each secret that is `changethis`, or that is named and empty.
    ///
    /// Everything that these settings hold is looked at for `changethis`, since the application
    /// reads the same `.env`; only what is named may not be empty. Missing settings are told by
    /// ``Template/missing(in:)``.
    ///
    /// `references` are the places where files name settings, `password` is the URL's, and `secrets`
    /// are names that are secret because of where they stand: `!argon2id ${ADMIN}`.
    package func weakSecrets(
        _ references: [Template.Reference], password: Secret? = nil, secrets: Set<String> = []
    ) -> [Failure] {
        guard !isLenient else { return [] }
        var weak: [String: Failure] = [:]
        for name in names where isSecret(name) || secrets.contains(name) {
            // A file is read only for what is named: others are no business of ours.
            guard let setting = valueWithoutReading(name), Self.isPlaceholder(setting.value) else {
                continue
            }
            weak[name] = Self.failure(name, setting)
        }
        for reference in references
        where isSecret(reference.name) || secrets.contains(reference.name) {
            guard let value = try? reference.value(self).text else { continue }
            guard value.isEmpty || Self.isPlaceholder(value) else { continue }
            let setting = self[reference.name].flatMap { $0.value.isEmpty ? nil : $0 }
            weak[reference.name] = Self.failure(
                reference.name, setting ?? Setting(value, origin: origin(of: reference)))
        }
        if let password, Self.isPlaceholder(password.reveal()), weak.isEmpty {
            weak[""] = Self.failure("the URL's password", Setting("changethis", origin: "the URL"))
        }
        return weak.sorted { $0.key < $1.key }.map(\.value)
    }

    private func origin(of reference: Template.Reference) -> String {
        if let setting = self[reference.name], reference.fallback == nil { return setting.origin }
        return "its default"
    }

    /// Whether a secret is the one that every template ships with.
    static func isPlaceholder(_ value: String) -> Bool { value.lowercased() == "changethis" }

    private static func failure(_ name: String, _ setting: Setting) -> Failure {
        let what = setting.value.isEmpty ? "is empty" : "is still changethis"
        return Failure(
            .configuration, "\(name) \(what) (from \(setting.origin))",
            next: "Give it a value of its own; in development, local and test it may stay: "
                + "--environment development.")
    }
}
