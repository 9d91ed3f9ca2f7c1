/// The bytes of a YAML file, and how its mistakes are shown.
struct YAMLSource {
    /// The bytes without a byte order mark.
    let bytes: [UInt8]
    /// The file's path as the user would type it.
    let file: String
    /// The exit status of a mistake in this file.
    let status: ExitStatus

    /// Large enough for every list that a person wrote; rows by the million belong in a data file.
    static let sizeLimit = 64 << 20

    init(_ bytes: [UInt8], file: String, status: ExitStatus) {
        self.bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        self.file = file
        self.status = status
    }

    /// Refuses what the parser would not explain well: too much text, and bytes that are no UTF-8.
    func check() throws(Failure) {
        guard bytes.count <= Self.sizeLimit else {
            throw Failure(
                status, "\(file) is larger than 64 MB",
                next: "Put rows into a data file (.csv, .tsv or .jsonl) and name it with `file:`.")
        }
        guard String(validating: bytes, as: UTF8.self) == nil else { return }
        var parser = Unicode.UTF8.ForwardParser()
        var rest = bytes.makeIterator()
        var offset = 0
        while case .valid(let scalar) = parser.parseScalar(from: &rest) { offset += scalar.count }
        throw failure(
            "is not UTF-8", at: place(ofByte: offset), showsLine: false,
            next: "Save the file as UTF-8.")
    }

    /// Where the byte at `offset` stands, in characters.
    func place(ofByte offset: Int) -> Place {
        let before = bytes.prefix(offset)
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        let line = 1 + before.count { $0 == UInt8(ascii: "\n") }
        let column = String(decoding: before[lineStart...], as: UTF8.self).unicodeScalars.count + 1
        return Place(file: file, line: line, column: column)
    }

    /// A failure at `place`, with the line it stands in where that shows no secret.
    func failure(
        _ headline: String, at place: Place, showsLine: Bool = true, next: String? = nil
    ) -> Failure {
        Failure(
            status, headline, place: place, excerpt: showsLine ? excerpt(place.line) : nil,
            next: next)
    }

    /// The character at `place`, or `nil` at the end of its line.
    func character(at place: Place) -> Unicode.Scalar? {
        line(place.line)?.unicodeScalars.dropFirst(place.column - 1).first
    }

    /// A line as an excerpt, or `nil` for one that may hold a password.
    func excerpt(_ number: Int) -> String? {
        guard let line = line(number), !line.isEmpty, line.utf8.count <= 200 else { return nil }
        let lower = line.lowercased()
        let secrets = ["://", "passw", "secret", "token", "_key", "argon2id", "bcrypt", "sha256"]
        guard !secrets.contains(where: lower.contains) else { return nil }
        // One column each, so that the mark below the line stands under the right character.
        return String(String.UnicodeScalarView(line.unicodeScalars.map { $0 == "\t" ? " " : $0 }))
    }

    private func line(_ number: Int) -> String? {
        let lines = bytes.split(
            separator: UInt8(ascii: "\n"), maxSplits: number, omittingEmptySubsequences: false)
        guard number >= 1, number <= lines.count else { return nil }
        let line = lines[number - 1]
        return String(
            decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
    }
}
