extension ReplacedText {
    /// Puts in what stands for Flyway's `${name}`.
    mutating func putInPlaceholders(_ settings: Settings) throws(Failure) {
        var missing: [Script.Missing] = []
        for (name, range) in Self.placeholders(in: source) {
            var value: Setting?
            do throws(SettingProblem) { value = try self.value(of: name, settings) } catch {
                throw shown(
                    Failure(
                        .configuration, "\(error.name) \(error.message)",
                        place: place(range.lowerBound)))
            }
            guard let value else {
                guard !name.hasPrefix(Self.builtIn) else {
                    throw shown(Failure(builtIn: name, at: place(range.lowerBound)))
                }
                missing.append(.init(name: name, place: place(range.lowerBound)))
                continue
            }
            put(Array(value.value.utf8), for: range, isSecret: value.isSecret)
        }
        if let failure = missing.failure { throw shown(failure) }
    }

    /// What Flyway's own values are named with.
    private static let builtIn = "flyway:"

    private func value(of name: String, _ settings: Settings) throws(SettingProblem) -> Setting? {
        if let known = settings.placeholder(name) { return try settings.value(of: known) }
        guard name == Self.builtIn + "filename" else { return nil }
        return Setting(String(Folder.lastName(of: file)))
    }

    /// The names of `${name}` in a text, each once, in their order.
    static func names(in bytes: [UInt8]) -> [String] {
        Set(placeholders(in: bytes).map(\.name)).sorted()
    }

    /// Whether a text has any.
    static func isIn(_ bytes: [UInt8]) -> Bool { !placeholders(in: bytes).isEmpty }

    /// `${` up to the next `}` of the line.
    private static func placeholders(in bytes: [UInt8]) -> [(name: String, range: Range<Int>)] {
        var found: [(name: String, range: Range<Int>)] = []
        var index = bytes.startIndex
        while let start = bytes[index...].firstIndex(of: Byte.dollar) {
            index = start + 1
            guard index < bytes.endIndex, bytes[index] == Byte.openBrace,
                let end = bytes[index...].firstIndex(where: {
                    $0 == Byte.closeBrace || $0 == Byte.newline
                }), bytes[end] == Byte.closeBrace, end > index + 1
            else { continue }
            let name = String(decoding: bytes[(index + 1)..<end], as: UTF8.self)
            found.append((name, start..<end + 1))
            index = end + 1
        }
        return found
    }
}

extension Settings {
    /// The name of the setting that a placeholder means: itself, `FLYWAY_PLACEHOLDERS_…` as Flyway reads
    /// its environment, or, as Flyway does not mind their case, one in other letters.
    ///
    /// The environment has names that nobody thought of here: `${user}` is not its `USER`.
    func placeholder(_ name: String) -> String? {
        if has(name) { return name }
        let variable = "FLYWAY_PLACEHOLDERS_" + name.uppercased()
        if has(variable) { return variable }
        let wanted = name.lowercased()
        return names.first {
            $0.lowercased() == wanted && valueWithoutReading($0)?.origin != "the environment"
        }
    }
}

extension Failure {
    /// A value that Flyway makes of its own configuration.
    fileprivate init(builtIn name: String, at place: Place) {
        self.init(
            .rejected, "${\(name)} is a value that Flyway makes itself, and that is not known here",
            place: place,
            next: "Give it one below settings: in bootstrap.yaml, as \"\(name)\": VALUE.")
    }
}
