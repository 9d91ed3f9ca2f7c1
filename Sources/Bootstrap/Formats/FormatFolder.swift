/// A folder of another tool's migrations, and how its files become ours.
struct FormatFolder {
    /// What is in it.
    let folder: OpenFolder
    /// The engines that directives may name.
    let known: [String]
    /// The files that each may be a migration, by their paths from here, in the order of their bytes.
    let scripts: [String]

    init(_ folder: OpenFolder, known: [String], scripts: [String]) {
        (self.folder, self.known, self.scripts) = (folder, known, scripts)
    }

    /// The folder's path as the user would type it.
    var path: String { folder.path }
    /// The names of its files, in the order of their bytes.
    var files: [String] { folder.files }
    /// The names of the folders in it, in the order of their bytes.
    var folders: [String] { folder.folders }

    /// Whose the folder is, by lines in its files and by names; `nil` where nothing tells.
    ///
    /// Throws 65 where it looks like more than one tool's: half of it would never run.
    func choice(_ marks: [(mark: FormatMark, path: String)]) throws(Failure) -> FormatChoice? {
        var choices: [FormatChoice] = []
        for (mark, path) in marks where !choices.contains(where: { $0.name == mark.format }) {
            choices.append(FormatChoice(mark, in: path))
        }
        for format in Formats.all where !choices.contains(where: { $0.name == format.name }) {
            guard let reason = try format.reason(in: self) else { continue }
            choices.append(FormatChoice(name: format.name, reason: reason))
        }
        if choices.count > 1 {
            choices.removeAll { Formats.named($0.name)?.yields == true }
        }
        guard choices.count > 1 else { return choices.first }
        let reasons = choices.map { "of \($0.name), because \($0.reason)" }
        throw Failure(
            .rejected,
            "the folder \(path) looks like one \(reasons.joined(separator: ", and like one "))",
            next: "Say which with --format, or part the files.")
    }

    /// The mark at the top of the first `.sql` file, if it has one; what is wrong with the file is for
    /// its reading to tell.
    func firstMark() throws(Failure) -> (FormatMark, path: String)? {
        guard let name = scripts.first(where: { $0.hasSuffix(".sql") }),
            let text = try? text(name), let mark = try FormatMark(in: text, among: scripts)
        else { return nil }
        return (mark, path(of: name))
    }

    /// Whether there is such a file, by its path from here.
    func hasFile(_ name: String) -> Bool { Folder.isFile(path(of: name)) }

    /// The path of a file as the user would type it.
    func path(of name: String) -> String { folder.prefix + name }

    /// Reads a file, by its path from here.
    func source(_ name: String) throws(Failure) -> SourceFile {
        let source = try folder.reader.read(name)
        try source.checkEncoding()
        return source
    }

    /// A migration whose directions have a file each; its way back is still to be put in.
    func migration(
        _ version: String, _ name: String, up: MigrationBody
    ) -> Migration {
        var migration = Migration(id: version, name: name, kind: .versioned)
        migration.knownEngines = known
        migration.bodies[""] = up
        return migration
    }

    /// The text of a file, by its path from here.
    func text(_ name: String) throws(Failure) -> FileText {
        try folder.reader.text(of: name)
    }

    /// A file's whole text.
    func body(_ text: FileText, isOutside: Bool) throws(Failure) -> MigrationBody {
        try body(text, as: FileManner(directives: isOutside ? [.noTransaction] : []))
    }

    /// A file's whole text, read as its tool does.
    func body(_ text: FileText, as manner: FileManner) throws(Failure) -> MigrationBody {
        var manner = manner
        manner.isForeign = true
        return try MigrationBody(text, known: known, as: manner)
    }

    /// The paths from here of all files, also of those in folders below, in the order of their bytes.
    func filesBelow() throws(Failure) -> [String] { try folder.filesBelow() }
}

extension SourceFile {
    /// A line that the tool whose file this is could not read either.
    func failure(_ headline: String, line: Int) -> Failure {
        Failure(.rejected, headline, place: Place(file: path, line: line, column: 1))
    }

    /// The same, of the line that begins where `range` does.
    func failure(_ headline: String, at range: Range<Int>) -> Failure {
        let line = 1 + bytes[..<range.lowerBound].count { $0 == Byte.newline }
        return failure(headline, line: line)
    }
}

/// A file in parts, of which some lead there and the others back.
struct Sections: Equatable {
    /// What leads there.
    var up = Section()
    /// What leads back; `nil` without a mark for it.
    var down: Section?

    /// Parts of a file, as ranges of its bytes.
    struct Section: Equatable {
        /// What stands before the first mark, whose directives hold for all parts.
        var head: Range<Int>?
        var ranges: [Range<Int>] = []
        /// Whether it runs outside of any transaction.
        var isOutside = false
        /// What values are put in for.
        var placeholders = Placeholders.none
    }
}

extension SourceFile {
    /// The file with blanks for all that is not in `ranges`; its lines end where they did.
    func blanked(outside ranges: [Range<Int>]) -> SourceFile {
        var text = bytes.map { $0 == Byte.newline || $0 == Byte.carriageReturn ? $0 : Byte.space }
        for range in ranges { text.replaceSubrange(range, with: bytes[range]) }
        return SourceFile(path: path, bytes: text)
    }

    /// The directives at the top of a part.
    func directives(of section: Sections.Section, known: [String]) throws(Failure) -> Set<Directive>
    {
        var found: Set<Directive> = section.isOutside ? [.noTransaction] : []
        if let head = section.head {
            found.formUnion(try directives(known: known, in: head) ?? [])
        }
        for range in section.ranges {
            found.formUnion(try directives(known: known, in: range) ?? [])
        }
        return found
    }
}
