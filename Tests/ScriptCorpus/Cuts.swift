import FoundationEssentials

/// A script whose cuts are known; README.md says how it is written.
package struct CutCase: Sendable, CustomStringConvertible {
    /// Its file and its reason.
    package let description: String
    /// The script, without any mark.
    package private(set) var text = ""
    /// The bytes that each statement covers.
    package private(set) var statements: [Range<Int>] = []
    /// The data of COPY, by its statement's index.
    package private(set) var data: [Int: Range<Int>] = [:]
    /// Where the script is refused, and in which words; `nil` where it is not.
    package private(set) var failure: (offset: Int, headline: String)?

    /// All cases that hold for an engine.
    package static func all(_ engine: Engine) -> [CutCase] {
        Corpus.files(below: "Cuts", of: engine, ".cuts").flatMap { file in
            let name = file.path.split(separator: "/").suffix(2).joined(separator: "/").dropLast(5)
            return ("\n" + file.text).split(separator: "\n== ").map { CutCase("\(name)", $0) }
        }
    }

    private init(_ file: String, _ section: Substring) {
        var lines = section.split(separator: "\n", omittingEmptySubsequences: false)
        description = "\(file): \(lines.removeFirst())"
        while lines.last?.isEmpty == true { lines.removeLast() }
        var headline: String?
        if let last = lines.last, last.hasPrefix("!! ") {
            headline = String(last.dropFirst(3))
            lines.removeLast()
        }
        read(lines.joined(separator: "\n"), headline)
    }

    private mutating func read(_ marked: String, _ headline: String?) {
        var (start, dataStart) = (0, 0)
        for character in marked.unicodeScalars {
            let offset = text.utf8.count
            switch character {
            case "⟦": start = offset
            case "⟧": statements.append(start..<offset)
            case "⟪": dataStart = offset
            case "⟫": data[statements.count - 1] = dataStart..<offset
            case "✗": failure = (offset, headline ?? "")
            default: text.unicodeScalars.append(Self.unseen[character] ?? character)
            }
        }
    }

    private static let unseen: [Unicode.Scalar: Unicode.Scalar] = [
        "␊": "\n", "␍": "\r", "␉": "\t", "␋": "\u{B}", "␌": "\u{C}", "␣": " ", "␢": "\u{A0}",
        "␞": "\u{FEFF}", "␀": "\0",
    ]
}

/// The files of this folder.
package enum Corpus {
    private static let folder = String(#filePath.dropLast("/Cuts.swift".count))

    /// The whole scripts of an engine, as tools and people write them.
    package static func scripts(_ engine: Engine) -> [(path: String, text: String)] {
        files(below: "Scripts", of: engine, ".sql")
    }

    static func files(
        below parent: String, of engine: Engine, _ ending: String
    ) -> [(path: String, text: String)] {
        engine.folders.flatMap { name -> [(path: String, text: String)] in
            let place = "\(folder)/\(parent)/\(name)"
            let names = (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
            return names.filter { $0.hasSuffix(ending) }.sorted().map { file in
                let path = "\(place)/\(file)"
                let bytes = FileManager.default.contents(atPath: path) ?? Data()
                return (path, String(decoding: bytes, as: UTF8.self))
            }
        }
    }
}
