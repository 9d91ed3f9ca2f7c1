import Crypto

/// Atlas: `20240131120000_name.sql` in the order of the names, with `atlas.sum` beside them.
/// <https://atlasgo.io/concepts/migration-directory-integrity>
enum Atlas: FolderFormat {
    static let name = "atlas"
    static let isListed = true
    static let signs = [AtlasSum.name]
    /// It writes files for other tools, and its sum beside them.
    static let yields = true

    private static let back = ".down.sql"

    static func isMark(_ line: CommentLine) -> Bool {
        line.first.hasPrefix("atlas:")
    }

    static func migrations(in folder: FormatFolder) throws(Failure) -> [Migration] {
        var migrations: [Migration] = []
        var sum = try AtlasSum(in: folder)
        let ways = Set(folder.files.filter { $0.hasSuffix(back) })
        var taken: Set<String> = []
        for name in folder.files where name.hasSuffix(".sql") {
            let source = try folder.source(name)
            let hash = try sum?.add(name, source)
            guard !ways.contains(name) else { continue }
            let header = try AtlasHeader(of: source)
            var stem = String(name.dropLast(4))
            if stem.hasSuffix(".up") { stem = String(stem.dropLast(3)) }
            var migration = folder.migration(
                version(of: stem), stem,
                up: try folder.body(folder.text(name), as: header.manner))
            migration.isBaseline = header.isCheckpoint
            migration.listing = hash.map(AtlasHash.init)
            if ways.contains(stem + back) {
                taken.insert(stem + back)
                let header = try AtlasHeader(of: folder.source(stem + back))
                migration.waysBack[""] = .body(
                    try folder.body(folder.text(stem + back), as: header.manner))
            }
            migrations.append(migration)
        }
        try sum?.finish()
        if let orphan = ways.subtracting(taken).min() {
            throw Failure(
                .rejected, "\(folder.path(of: orphan)) leads back, and no file leads there",
                next: "Add \(orphan.dropLast(back.count)).sql, or delete the way back.")
        }
        return migrations
    }

    /// What stands before the first underscore.
    private static func version(of stem: String) -> String {
        let version = String(stem.prefix { $0 != "_" })
        return version.utf8.allSatisfy(Byte.isDigit) ? Version.plain(version) : version
    }
}

/// The directives of a file: comments `-- atlas:name value`.
struct AtlasHeader {
    private(set) var manner = FileManner()
    /// Whether it stands for all files before it.
    private(set) var isCheckpoint = false

    init(of source: SourceFile) throws(Failure) {
        var number = 0
        for line in TextLines(source.bytes[source.start...]) {
            number += 1
            guard let comment = CommentLine(line), Atlas.isMark(comment) else { continue }
            do throws(Problem) {
                try take(comment, String(decoding: line, as: UTF8.self), isFirst: number == 1)
            } catch {
                throw source.failure(error.headline, line: number)
            }
        }
    }

    private struct Problem: Error { var headline: String }

    private static let known = ["txmode", "delimiter", "checkpoint", "nolint", "sum"]
    /// Those that mean something which is not done here.
    private static let refused = ["txtar", "assert", "import"]

    private mutating func take(
        _ comment: CommentLine, _ line: String, isFirst: Bool
    ) throws(Problem) {
        let name = String(comment.first.dropFirst("atlas:".count))
        switch name {
        case "txmode":
            switch comment.others.joined(separator: " ") {
            case "none": manner.directives.insert(.noTransaction)
            case "file": break
            case "all":
                throw Problem(
                    headline: "asks for one transaction of all files, which --transaction all is")
            case let mode:
                let near = didYouMean(mode, in: ["none", "file", "all"], quote: "")
                throw Problem(headline: "is no mode of transactions that Atlas knows\(near)")
            }
        case "delimiter":
            guard isFirst else {
                throw Problem(
                    headline: "names a delimiter below the first line, where Atlas does not see it")
            }
            manner.delimiter = try Self.delimiter(line)
        case "checkpoint": isCheckpoint = true
        case "nolint", "sum": break
        default:
            guard !Self.refused.contains(name) else {
                throw Problem(headline: "asks for atlas:\(name), which only Atlas does")
            }
            let near = didYouMean(name, in: Self.known, quote: "")
            throw Problem(headline: "is no directive of Atlas\(near)")
        }
    }

    /// What follows the name, with line ends and tabs as `\n`, `\r` and `\t`.
    private static func delimiter(_ line: String) throws(Problem) -> [UInt8] {
        guard let start = line.firstRange(of: "atlas:delimiter")?.upperBound else { return [] }
        var text = Array(line[start...].utf8.drop(while: Byte.isSpace))
        while let last = text.last, Byte.isSpace(last) { text.removeLast() }
        let escapes: [UInt8: UInt8] = [
            UInt8(ascii: "n"): Byte.newline, UInt8(ascii: "r"): Byte.carriageReturn,
            UInt8(ascii: "t"): UInt8(ascii: "\t"),
        ]
        var delimiter: [UInt8] = []
        var index = 0
        while index < text.count {
            if text[index] == Byte.backslash, index + 1 < text.count,
                let byte = escapes[text[index + 1]]
            {
                // A file's lines end in \n here, however they do in the file.
                if byte != Byte.carriageReturn { delimiter.append(byte) }
                index += 2
            } else {
                delimiter.append(text[index])
                index += 1
            }
        }
        guard !delimiter.isEmpty else { throw Problem(headline: "names no delimiter") }
        return delimiter == [Byte.semicolon] ? [] : delimiter
    }
}

/// What `atlas.sum` has for a file.
struct AtlasHash: Equatable {
    let text: String
}

/// `atlas.sum`: what the names and the texts of all files up to each come to.
///
/// Atlas refuses a folder that does not fit it: somebody has changed, added or taken away a file
/// without telling it, or two branches were merged.
struct AtlasSum {
    static let name = "atlas.sum"

    private let source: SourceFile
    private let path: String
    /// What the file says, by the files' names in their order.
    private let lines: [(name: String, hash: String)]
    private var index = 0
    /// Over the files as they are, and over them with `\n` at the ends of lines: git may have changed
    /// those.
    private var hashes = [SHA256(), SHA256()]
    private var fits = [true, true]

    /// `nil` where there is none.
    init?(in folder: FormatFolder) throws(Failure) {
        guard folder.hasFile(Self.name) else { return nil }
        source = try folder.source(Self.name)
        path = source.path
        var lines: [(name: String, hash: String)] = []
        var total: String?
        var number = 0
        for line in TextLines(source.bytes[source.start...]) {
            number += 1
            let text = String(decoding: line, as: UTF8.self)
            guard let mark = text.firstRange(of: "h1:") else {
                throw source.failure("is no line of a sum: a name, a space and h1:…", line: number)
            }
            let name = text[..<mark.lowerBound].drop { $0 == " " }
            let hash = String(text[mark.upperBound...])
            if total == nil {
                total = hash
            } else {
                lines.append((String(name.reversed().drop { $0 == " " }.reversed()), hash))
            }
        }
        self.lines = lines
        var hash = SHA256()
        for line in lines { hash.update(data: Array((line.name + line.hash).utf8)) }
        guard let total, Self.base64(hash.finalize()) == total else {
            throw source.failure("does not fit the lines below it", line: 1)
        }
    }

    /// Takes the next file in the order of the names.
    ///
    /// - Returns: its hash; `nil` for a file that is left out.
    mutating func add(_ name: String, _ file: SourceFile) throws(Failure) -> String? {
        let isIgnored = file.bytes.prefix(4096).isIgnored
        let isListed = index < lines.count && lines[index].name == name
        guard isListed || isIgnored else {
            // A way back need not be in it.
            if name.hasSuffix(".down.sql"), !lines.contains(where: { $0.name == name }) {
                return nil
            }
            if index < lines.count, lines[index].name < name { throw missing(lines[index].name) }
            throw changed("\(file.path) is not in atlas.sum, or not in its place")
        }
        for index in hashes.indices { hashes[index].update(data: Array(name.utf8)) }
        guard !isIgnored else { return nil }
        hashes[0].update(data: file.bytes)
        let text = file.bytes.contains(Byte.carriageReturn) ? file.lineFeeds : file.bytes
        hashes[1].update(data: text)
        for way in hashes.indices where Self.base64(hashes[way].finalize()) != lines[index].hash {
            fits[way] = false
        }
        guard fits.contains(true) else {
            throw changed("\(file.path) is not what atlas.sum has of it")
        }
        defer { index += 1 }
        return lines[index].hash
    }

    /// Throws where a file is missing at the end.
    func finish() throws(Failure) {
        if index < lines.count { throw missing(lines[index].name) }
    }

    private func missing(_ name: String) -> Failure {
        changed("\(path) names \(name), and there is no such file")
    }

    private func changed(_ headline: String) -> Failure {
        Failure(
            .rejected, headline,
            next: "Restore the files, or run `atlas migrate hash` if the change is meant.")
    }

    private static func base64(_ digest: SHA256.Digest) -> String {
        let alphabet = Array(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        let bytes = Array(digest)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for place in 0..<4 {
                text.append(
                    place <= group.count
                        ? alphabet[bits >> (18 - 6 * place) & 63] : Byte.equals)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}

extension ArraySlice<UInt8> {
    /// Whether the first line says that the sum leaves the file's text out.
    fileprivate var isIgnored: Bool {
        var lines = TextLines(self)
        guard let first = lines.next() else { return false }
        let text = String(decoding: first, as: UTF8.self)
        guard let mark = text.firstRange(of: "atlas:sum") else { return false }
        return text[mark.upperBound...].split(separator: " ") == ["ignore"]
    }
}

extension SourceFile {
    /// All bytes, with `\n` at the ends of lines.
    fileprivate var lineFeeds: [UInt8] { Array(bytes[..<start]) + normalised }
}
