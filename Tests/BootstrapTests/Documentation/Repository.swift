import FoundationEssentials

/// The files of this repository, for the tests that keep its documentation true.
enum Repository {
    /// The top folder.
    static let root: String = {
        var parts = "\(#filePath)".split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(
            "Tests/BootstrapTests/Documentation/Repository.swift".split(separator: "/").count)
        return parts.joined(separator: "/")
    }()

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root + "/" + path)
    }

    static func text(_ path: String) throws -> String {
        try String(contentsOfFile: root + "/" + path, encoding: .utf8)
    }

    /// The paths of all files below a folder whose names end so.
    static func files(below folder: String, _ ending: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: root + "/" + folder)
            .filter { $0.hasSuffix(ending) }.sorted().map { folder + "/" + $0 }
    }

    /// What stands between backquotes on one line, outside of code blocks.
    static func codeWords(in text: String) -> [String] {
        var words: [String] = []
        for paragraph in prose(of: text).components(separatedBy: "\n\n") {
            let parts = paragraph.replacing("\n", with: " ").components(separatedBy: "`")
            for (index, part) in parts.enumerated() where index % 2 == 1 {
                words.append(part.split(separator: " ").joined(separator: " "))
            }
        }
        return words
    }

    /// The code blocks in one language.
    static func blocks(_ language: String, in text: String) -> [String] {
        var blocks: [String] = []
        var current: [String]?
        for line in text.components(separatedBy: "\n") {
            if line == "```" + language {
                current = []
            } else if line.hasPrefix("```") {
                if let lines = current { blocks.append(lines.joined(separator: "\n") + "\n") }
                current = nil
            } else {
                current?.append(line)
            }
        }
        return blocks
    }

    /// The text without its code blocks.
    static func prose(of text: String) -> String {
        var isCode = false
        var lines: [String] = []
        for line in text.components(separatedBy: "\n") {
            if line.hasPrefix("```") { isCode.toggle() } else if !isCode { lines.append(line) }
        }
        return lines.joined(separator: "\n")
    }
}

extension String {
    func components(separatedBy separator: String) -> [String] {
        split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }
}
