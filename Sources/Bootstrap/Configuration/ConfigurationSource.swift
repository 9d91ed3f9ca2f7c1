/// The levels of a configuration, and how a value is found in them: flag, environment, file of
/// variables, `bootstrap.yaml`.
struct ConfigurationSource {
    let flags: [String: String]
    let surroundings: Surroundings
    private(set) var envFile: [String: EnvFile.Entry] = [:]
    private(set) var file: [String: YAMLNode] = [:]
    private(set) var settings = Settings()

    /// The names of the configuration's file; the first that is there is read.
    static let fileNames = ["bootstrap.yaml", "bootstrap.yml"]

    init(
        flags: [String: String], sets: [String], surroundings: Surroundings
    ) throws(Failure) {
        self.flags = flags
        self.surroundings = surroundings
        try readEnvFile()
        let settingsNode = try readFile()
        try collectSettings(settingsNode, sets)
    }

    /// The value of an option, or `nil` where no level has one.
    func value(_ option: OptionDeclaration) throws(Failure) -> FoundValue? {
        if let text = flags[option.key] {
            return FoundValue(text: text, origin: Origin(.flag(option.flag)), template: text)
        }
        if let found = try environmentValue(option.variable) { return found }
        if let found = try envFileValue(option.variable) { return found }
        return try fileValue(option.key)
    }

    /// An empty variable counts as none: that is how Compose passes what is not set.
    private func environmentValue(_ name: String) throws(Failure) -> FoundValue? {
        let text = surroundings.variables[name].flatMap { $0.isEmpty ? nil : $0 }
        let path = surroundings.variables[name + "_FILE"].flatMap { $0.isEmpty ? nil : $0 }
        if let path {
            let level = Origin.Level.environment(name + "_FILE")
            return try contents(of: path, beside: text != nil ? name : nil, level)
        }
        return text.map { FoundValue(text: $0, origin: Origin(.environment(name)), template: $0) }
    }

    private func envFileValue(_ name: String) throws(Failure) -> FoundValue? {
        let entry = envFile[name].flatMap { $0.value.isEmpty ? nil : $0 }
        if let path = envFile[name + "_FILE"], !path.value.isEmpty {
            let level = Origin.Level.envFile(name + "_FILE", path.place)
            return try contents(of: path.value, beside: entry != nil ? name : nil, level)
        }
        return entry.map {
            FoundValue(
                text: $0.value, origin: Origin(.envFile(name, $0.place)), template: $0.template)
        }
    }

    private func fileValue(_ key: String) throws(Failure) -> FoundValue? {
        let node = file[key].flatMap { $0.isNull ? nil : $0 }
        if let path = file[key + "_file"], !path.isNull {
            let level = Origin.Level.file(key + "_file", path.place)
            return try contents(
                of: try text(path, key + "_file"), beside: node != nil ? key : nil, level)
        }
        guard let node else { return nil }
        let origin = Origin(.file(key, node.place))
        // The URL's settings are encoded as they are put in, so they go in later.
        let raw = node.text ?? ""
        let text = key == "url" && node.text != nil ? raw : try text(node, key)
        return FoundValue(text: text, origin: origin, template: raw)
    }

    /// What the file says that a `NAME_FILE` names.
    private func contents(
        of path: String, beside other: String?, _ level: Origin.Level
    ) throws(Failure) -> FoundValue {
        let origin = Origin(level)
        if let other {
            throw origin.failure("and \(other) are both set", next: "Keep one of them.")
        }
        do throws(UnreadableFile) {
            let file = SettingFile(
                path: path, origin: origin.description, read: surroundings.require)
            let text = try file.text()
            return FoundValue(text: text, origin: Origin(level, path: path), template: text)
        } catch {
            throw origin.failure("names \(path), which cannot be read: \(error.reason)")
        }
    }

    /// A scalar of `bootstrap.yaml`, with settings put in.
    private func text(_ node: YAMLNode, _ key: String) throws(Failure) -> String {
        guard let text = node.text, node.tag == nil || node.tag?.hasPrefix("!!") == true else {
            let what = node.text == nil ? node.kind : node.tag ?? ""
            throw node.failure("\(key) takes a text, not \(what)", status: .configuration)
        }
        do throws(TemplateError) {
            return try Template(text).resolve(settings).text
        } catch {
            throw node.failure("\(key) \(error.message)", status: .configuration)
        }
    }
}

extension ConfigurationSource {
    private mutating func readEnvFile() throws(Failure) {
        let named = flags["env_file"] ?? surroundings.variables["BOOTSTRAP_ENV_FILE"]
        let path = named ?? ".env"
        let bytes: [UInt8]?
        do throws(UnreadableFile) {
            bytes = named == nil ? try surroundings.read(path) : try surroundings.require(path)
        } catch {
            let origin =
                flags["env_file"] != nil
                ? "--env-file names" : named != nil ? "BOOTSTRAP_ENV_FILE names" : "there is"
            throw Failure(
                flags["env_file"] != nil ? .usage : .configuration,
                "\(origin) \(path), which cannot be read: \(error.reason)")
        }
        guard let bytes else { return }
        let file = try EnvFile(bytes, file: path, environment: surroundings.variables)
        for entry in file.entries { envFile[entry.name] = entry }
    }

    /// Reads `bootstrap.yaml`, and returns the value of its `settings:`.
    private mutating func readFile() throws(Failure) -> YAMLNode? {
        for name in Self.fileNames {
            let bytes: [UInt8]?
            do throws(UnreadableFile) {
                bytes = try surroundings.read(name)
            } catch {
                throw Failure(.configuration, "\(name) cannot be read: \(error.reason)")
            }
            guard let bytes else { continue }
            let root = try YAMLNode.parse(bytes, file: name, status: .configuration)
            guard let root else { return nil }
            guard let pairs = root.pairs else {
                throw root.failure(
                    "is \(root.kind), not a mapping of settings", status: .configuration,
                    next: "Write one setting a line: wait: 5m.")
            }
            for pair in pairs { file[pair.key.text ?? ""] = pair.value }
            for pair in pairs { try check(pair.key) }
            return file.removeValue(forKey: "settings")
        }
        return nil
    }

    private func check(_ key: YAMLNode) throws(Failure) {
        let name = key.text ?? ""
        let known = OptionDeclaration.all.filter { $0.places.contains(.file) }.map(\.key)
        let base = name.hasSuffix("_file") ? String(name.dropLast(5)) : name
        guard name != "settings", !known.contains(base) else { return }
        guard OptionDeclaration.named(name) == nil else {
            throw key.failure(
                "\(name) cannot be set in this file", status: .configuration,
                next: "Give it as a flag or as a variable.")
        }
        let hint = didYouMean(name, in: known + ["settings"], quote: "")
        throw key.failure(
            "there is no setting called \(name)\(hint)", status: .configuration,
            next: "What seeds may name goes below `settings:`.")
    }

    /// Lays the levels over each other: what seeds, portable files and the URL may name.
    private mutating func collectSettings(
        _ node: YAMLNode?, _ sets: [String]
    ) throws(Failure) {
        let read = surroundings.require
        let assignments = try assignments(sets)
        let variables = surroundings.variables.mapValues { Setting($0, origin: "the environment") }
        let entries = envFile.mapValues {
            Setting($0.value, origin: "\($0.place.file):\($0.place.line)")
        }
        // First without those of the file, which may name the others.
        let layers = [(entries, "the file of variables"), (variables, "the environment")]
        for (layer, origin) in layers { settings.add(layer, in: origin, read: read) }
        settings.add(assignments, in: "--set", read: read)
        guard let node, !node.isNull else { return }
        guard let pairs = node.pairs else {
            throw node.failure(
                "settings takes a mapping, not \(node.kind)", status: .configuration,
                next: "Write settings: { NAME: value }.")
        }
        var values: [String: Setting] = [:]
        for (key, value) in pairs {
            let name = key.text ?? ""
            let origin = "\(value.place.file):\(value.place.line)"
            values[name] = Setting(try text(value, name), origin: origin)
        }
        settings = Settings()
        settings.add(values, in: "settings", read: read)
        for (layer, origin) in layers { settings.add(layer, in: origin, read: read) }
        settings.add(assignments, in: "--set", read: read)
    }

    private func assignments(_ sets: [String]) throws(Failure) -> [String: Setting] {
        var assignments: [String: Setting] = [:]
        for text in sets {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let names = try? Template("${\(parts[0])}").names
            guard parts.count == 2, names == [String(parts[0])] else {
                throw Failure(
                    .usage, "--set takes NAME=VALUE",
                    next: "A name has letters, digits and _, and begins with no digit.")
            }
            assignments[String(parts[0])] = Setting(String(parts[1]), origin: "--set")
        }
        return assignments
    }
}
