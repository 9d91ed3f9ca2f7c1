/// A migration's file name in its parts.
///
/// `<digits>_<name>[.<engine>][.up|.down].sql` or `R_<name>[.<engine>].sql`; the engine may also stand
/// behind the ending.
struct FileName: Equatable {
    /// The digits as written, or `nil` for a repeatable one.
    var digits: String?
    /// The migration's name in the history: digits and name, or `R_` and name.
    var migration: String
    /// The engine that the file is for, or `nil` for every one.
    var engine: String?
    /// Whether the file leads back.
    var isDown: Bool
    /// Whether it is one of two, `.up.sql` and `.down.sql`.
    let isOfPair: Bool
    /// Whether its name keeps it out of any transaction: `name.autocommit.up.sql`, as Ory has it.
    var isOutside = false
    /// The hook that it is, instead of a migration.
    var hook: Hook?

    /// What names have to look like, for messages.
    static let pattern = "<digits>_<name>[.<engine>][.up|.down].sql or R_<name>[.<engine>].sql"

    /// Reads a name; `nil` for what is no `.sql` file.
    init?(_ name: String, known: [String]) throws(FileNameError) {
        var name = EngineNames.engineBeforeEnding(name, known: known)
        guard var cuts = name.withUTF8(Cuts.init) else {
            guard name.utf8.count > 4, name.lowercased().hasSuffix(".sql") else { return nil }
            throw FileNameError("ends in \(name.suffix(4)); the ending is written .sql")
        }
        // 0xC2 begins U+0080 to U+009F, which are controls as well.
        if name.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F || $0 == 0xC2 }),
            name.unicodeScalars.contains(where: \.isControl)
        {
            throw FileNameError("has a control character in its name")
        }
        if cuts.underscore == 0, var plain = Self.underscored(name),
            let other = plain.withUTF8(Cuts.init)
        {
            (name, cuts) = (plain, other)
        }
        guard cuts.underscore > 0, cuts.underscore + 1 < cuts.dot else {
            throw FileNameError.noMigration
        }
        migration = name.withUTF8 { String(decoding: $0[..<cuts.dot], as: UTF8.self) }
        let number = name.withUTF8 { String(decoding: $0[..<cuts.underscore], as: UTF8.self) }
        // Most names have no part between name and ending.
        var parts: [String] = []
        if cuts.dot < cuts.end {
            parts = name.utf8.prefix(cuts.end).dropFirst(cuts.dot + 1)
                .split(separator: Byte.dot, omittingEmptySubsequences: false)
                .map { String(Substring($0)) }
        }
        if cuts.isNumbered {
            digits = number
        } else if number == "R" {
            digits = nil
        } else {
            hook = Hook(rawValue: migration)
            guard hook != nil else { throw FileNameError.noMigration }
        }
        let direction = try Self.direction(
            of: &parts, ofKind: hook != nil ? "a hook" : digits == nil ? "repeatable (R_…)" : nil)
        isDown = direction == "down"
        isOfPair = direction != nil
        if direction != nil, parts.last == "autocommit" {
            isOutside = true
            parts.removeLast()
        }
        engine = try Self.engine(of: parts, known: known)
    }

    /// `V0001.name.up.sql` as `0001_name.up.sql`; `nil` for other names.
    private static func underscored(_ name: String) -> String? {
        guard name.hasSuffix(".up.sql") || name.hasSuffix(".down.sql") else { return nil }
        let parts = name.split(
            separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let digits = parts[0].drop { $0 == "V" }
        guard digits.utf8.count + 1 >= parts[0].utf8.count, !digits.isEmpty,
            digits.utf8.allSatisfy(Byte.isDigit), parts[1].prefix(while: { $0 != "." }) != "up",
            parts[1].prefix(while: { $0 != "." }) != "down", parts[1].first != "."
        else { return nil }
        return "\(digits)_\(parts[1])"
    }

    /// Where the parts of a name end, as offsets of bytes.
    private struct Cuts {
        /// The stem's first underscore, or 0 without one.
        var underscore = 0
        /// The stem's end: the first dot.
        var dot: Int
        /// Where `.sql` begins.
        var end: Int
        /// Whether only digits stand before the underscore.
        var isNumbered = true

        /// `nil` for what does not end in `.sql`.
        init?(_ name: UnsafeBufferPointer<UInt8>) {
            end = name.count - Self.ending.count
            guard end > 0, name[end...].elementsEqual(Self.ending) else { return nil }
            dot = 0
            while name[dot] != Byte.dot {
                if underscore == 0 {
                    if name[dot] == Byte.underscore {
                        underscore = dot
                    } else if !Byte.isDigit(name[dot]) {
                        isNumbered = false
                    }
                }
                dot += 1
            }
        }

        private static let ending = Array(".sql".utf8)
    }

    private static func direction(
        of parts: inout [String], ofKind kind: String?
    ) throws(FileNameError) -> String? {
        guard let last = parts.last, last == "up" || last == "down" else { return nil }
        if let kind { throw FileNameError("is \(kind), which knows no .\(last)") }
        return parts.removeLast()
    }

    private static func engine(
        of parts: [String], known: [String]
    ) throws(FileNameError) -> String? {
        let parts = parts.map { EngineNames.canonical($0, known: known) }
        guard let part = parts.first else { return nil }
        if parts.count == 1, known.contains(part) || EngineNames.strangers.contains(part) {
            return part
        }
        guard let stranger = parts.first(where: { !known.contains($0) }) else {
            throw FileNameError("names two engines; variants are files of their own")
        }
        guard stranger != "up", stranger != "down" else {
            throw FileNameError("has a part .\(stranger) that is not its last")
        }
        if let near = EngineNames.nearest(to: stranger, in: known + ["up", "down"]) {
            throw FileNameError("has a part .\(stranger); did you mean .\(near)?")
        }
        throw FileNameError(
            "has a part .\(stranger), which is no engine (\(known.joined(separator: ", ")))")
    }

    /// The digits without leading zeros, or the repeatable one's name.
    var id: String { digits.map(Version.plain) ?? migration }

    /// What the name alone says of the file: a pair may be golang-migrate's, which are named as ours are.
    var manner: FileManner {
        FileManner(
            directives: isOutside ? [.noTransaction] : [], isForeign: isOfPair,
            sendsAlone: isOfPair)
    }
}

/// Why a file's name is none of a migration.
struct FileNameError: Error, Equatable {
    /// What is wrong, as it follows the file's path.
    var headline: String

    init(_ headline: String) { self.headline = headline }

    static var noMigration: FileNameError {
        FileNameError("is not named as a migration: \(FileName.pattern)")
    }
}

extension FileName {
    /// Reads the name of the file at `path`, or throws 65 and says what is wrong with it; `nil` for
    /// what is no `.sql` file.
    init?(_ name: String, at path: @autoclosure () -> String, known: [String]) throws(Failure) {
        do throws(FileNameError) {
            try self.init(name, known: known)
        } catch {
            throw Failure(
                .rejected, "\(path()) \(error.headline)",
                next: error == .noMigration
                    ? "Rename the file, or move it to a folder below this one." : nil)
        }
    }
}
