/// Reads a seed's YAML into a ``SeedFile``; every wrong key, tag or shape is a failure that names
/// its place and the nearest word that is known.
struct SeedReader {
    private static let fileKeys = ["environments", "run", "tables"]

    /// Reads a whole file; an empty one, as `bootstrap new` writes it, has no tables.
    static func read(_ bytes: [UInt8], file path: String) throws(Failure) -> SeedFile {
        guard let root = try YAMLNode.parse(bytes, file: path) else { return SeedFile() }
        do throws(Failure) {
            let file = try SeedReader().file(root)
            try file.checkKeys(Settings())
            return file
        } catch {
            guard let place = error.place else { throw error }
            var shown = error
            let source = YAMLSource(bytes, file: path, status: .rejected)
            shown.excerpt = error.excerpt == "" ? nil : source.excerpt(place.line)
            throw shown
        }
    }

    private func file(_ root: YAMLNode) throws(Failure) -> SeedFile {
        try refuseTag(root)
        var file = SeedFile()
        guard let pairs = root.pairs else {
            file.tables = try tables(root)
            return file
        }
        if root["table"] != nil, root["tables"] == nil {
            throw root.failure(
                "is a table where a list of tables belongs", next: "Begin with `- table: NAME`.")
        }
        try check(pairs, known: Self.fileKeys, of: "A seed")
        if let node = root["environments"] { file.environments = try environments(node) }
        if let node = root["run"] { file.run = try word(node, "run", SeedRun.self) }
        guard let node = root["tables"] else {
            throw root.failure(
                "has no key \"tables\"", next: "Put the list of tables below `tables:`.")
        }
        file.tables = try tables(node)
        return file
    }

    private func environments(_ node: YAMLNode) throws(Failure) -> [String] {
        let nodes = node.elements ?? [node]
        var names: [String] = []
        for node in nodes {
            guard let name = node.text, !name.isEmpty, node.tag == nil else {
                throw node.failure("is \(node.kind) where the name of an environment belongs")
            }
            names.append(name)
        }
        guard !names.isEmpty else {
            throw node.failure(
                "names no environment", next: "Leave the key out for all environments.")
        }
        return names
    }

    private func tables(_ node: YAMLNode) throws(Failure) -> [SeedTable] {
        guard let elements = node.elements else {
            throw node.failure("is \(node.kind) where a list of tables belongs")
        }
        guard !elements.isEmpty else { throw node.failure("is a list without tables") }
        var tables: [SeedTable] = []
        for element in elements { tables.append(try table(element)) }
        return tables
    }
}

// MARK: Words

extension SeedReader {
    func name(of what: String, _ node: YAMLNode) throws(Failure) -> SeedWord {
        guard let text = node.text, !node.isNull, !text.isEmpty, node.tag == nil else {
            throw node.failure("is \(node.kind) where the name of \(what) belongs")
        }
        guard !text.contains("${") else {
            throw node.failure("names a setting where the name of \(what) belongs")
        }
        return SeedWord(text: text, place: node.place)
    }

    func word<Word: RawRepresentable<String> & CaseIterable>(
        _ node: YAMLNode, _ key: String, _ type: Word.Type
    ) throws(Failure) -> Word {
        let known = Word.allCases.map(\.rawValue)
        let list = known.dropLast().joined(separator: ", ") + " or " + (known.last ?? "")
        guard let text = node.text, node.tag == nil else {
            throw node.failure("is \(node.kind) where \(list) belongs")
        }
        guard let word = Word(rawValue: text) else {
            throw node.failure(
                "has the unknown \(key) \"\(text)\"" + didYouMean(text, in: known),
                next: "Write \(list).")
        }
        return word
    }

    /// Refuses keys that are not known; libyaml's reader has refused those given twice.
    func check(
        _ pairs: [(key: YAMLNode, value: YAMLNode)], known: [String], of what: String
    ) throws(Failure) {
        for (key, _) in pairs {
            let text = key.text ?? ""
            if known.contains(text) { continue }
            throw key.failure(
                "has the unknown key \"\(text)\"" + didYouMean(text, in: known),
                next: "\(what) has the keys \(known.joined(separator: ", ")).")
        }
    }

    func refuseTag(_ node: YAMLNode) throws(Failure) {
        guard let tag = node.tag else { return }
        throw node.failure("has the tag \(tag), which belongs to a value")
    }
}
