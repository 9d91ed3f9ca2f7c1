/// tern: `001_name.sql` from 1 on without a gap, with a line between what leads there and what leads back.
/// <https://github.com/jackc/tern#migrations>
enum Tern: FolderFormat {
    static let name = "tern"
    static let signs = ["tern.conf"]
    /// What parts a file.
    static let divider = "---- create above / drop below ----"
    private static let outside = "---- tern: disable-tx ----"

    static func isMark(_ line: CommentLine) -> Bool {
        line.first == "--" && line.others.first == "tern:"
    }

    static func migrations(in folder: FormatFolder) throws(Failure) -> [Migration] {
        var migrations: [Migration] = []
        for name in folder.files {
            guard let file = try NumberedFile(name, until: "_", at: folder.path(of: name)) else {
                continue
            }
            let source = try folder.source(name)
            let sections = try sections(of: source)
            let up = try MigrationBody(
                source, sections.up, source.checksum, known: folder.known)
            var migration = folder.migration(file.version, file.stem, up: up)
            if let down = sections.down {
                migration.waysBack[""] = .body(
                    try MigrationBody(source, down, up.checksum, known: folder.known))
            }
            migrations.append(migration)
        }
        try checkGaps(migrations, in: folder)
        return migrations
    }

    /// tern counts its files, and its history is their number.
    private static func checkGaps(
        _ migrations: [Migration], in folder: FormatFolder
    ) throws(Failure) {
        var expected = 1
        for migration in migrations.sorted(by: { Version.isLess($0.id, $1.id) }) {
            guard migration.id != String(expected) else {
                expected += 1
                continue
            }
            // A number that is there twice is told of by whoever puts the files together.
            guard expected == 1 || migration.id != String(expected - 1) else { return }
            throw Failure(
                .rejected,
                "\(folder.path(of: migration.name)).sql has the number \(migration.id), and there is "
                    + "no file \(expected): tern counts from 1 without a gap",
                next: "Give the file the number \(expected), or put the missing file there.")
        }
    }

    private static func sections(of source: SourceFile) throws(Failure) -> Sections {
        var sections = Sections()
        var number = 0
        var isUp = true
        var begin = source.start
        for line in TextLines(source.bytes[source.start...]) {
            number += 1
            if line.containsTemplate {
                throw source.failure(
                    "holds a template, {{ … }}, which only tern fills in", line: number)
            }
            guard let comment = CommentLine(line) else { continue }
            let text = String(decoding: line, as: UTF8.self)
            let words = comment.words.joined(separator: " ")
            if text.hasPrefix(divider), isUp {
                sections.up.ranges.append(begin..<line.startIndex)
                (isUp, begin) = (false, line.endIndex)
                sections.down = .init()
            } else if text == outside {
                if isUp { sections.up.isOutside = true } else { sections.down?.isOutside = true }
            } else if isMark(comment) || words.contains("tern: disable") {
                throw source.failure("is not the line \(outside), which tern knows", line: number)
            } else if words.contains("create above") || words.contains("drop below") {
                throw source.failure(
                    isUp ? "is not the line \(divider), which tern knows" : "parts the file again",
                    line: number)
            }
        }
        if isUp {
            sections.up.ranges.append(begin..<source.bytes.endIndex)
        } else {
            sections.down?.ranges.append(begin..<source.bytes.endIndex)
        }
        return sections
    }
}

extension ArraySlice<UInt8> {
    fileprivate var containsTemplate: Bool {
        var index = startIndex
        while let found = self[index...].firstIndex(of: Byte.openBrace) {
            index = found + 1
            if index < endIndex, self[index] == Byte.openBrace { return true }
        }
        return false
    }
}
