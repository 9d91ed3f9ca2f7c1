// Lines that are for an engine's client, not for the server.

extension Cutter {
    /// Whether nothing but white space stands before an offset on its line.
    func isFirstOfLine(_ offset: Int) -> Bool {
        var index = offset
        while index > 0, lexer.bytes[index - 1] != Byte.newline {
            guard Byte.isSpace(lexer.bytes[index - 1]) else { return false }
            index -= 1
        }
        return index > 0 || !beginsInLine
    }

    /// The rest of the line from `offset`, without white space around it.
    func restOfLine(from offset: Int) -> String {
        var end = offset
        while end < lexer.end, lexer.bytes[end] != Byte.newline { end += 1 }
        var rest = lexer.bytes[offset..<end]
        while let last = rest.last, Byte.isSpace(last) { rest.removeLast() }
        while let first = rest.first, Byte.isSpace(first) { rest.removeFirst() }
        return String(decoding: rest, as: UTF8.self)
    }

    /// Whether a word begins a DELIMITER line.
    func isDelimiterLine(_ token: Token) -> Bool {
        guard token.end - token.start == 9, lexer.upperCase(token) == "DELIMITER" else {
            return false
        }
        return isFirstOfLine(token.start)
            && (token.end == lexer.end || Byte.isSpace(lexer.bytes[token.end]))
    }

    /// The mysql client keeps no more of it.
    private static let longestDelimiter = 15

    /// `DELIMITER //`: the first word of the rest of the line, as the client reads it.
    mutating func readDelimiter(at offset: Int) throws(LexicalError) {
        var text = restOfLine(from: offset + 9)
        if let quote = text.first, "'\"`".contains(quote),
            let end = text.dropFirst().firstIndex(of: quote)
        {
            text = String(text[text.index(after: text.startIndex)..<end])
        } else {
            text = text.split { $0 == " " || $0 == "\t" }.first.map(String.init) ?? ""
        }
        guard !text.isEmpty, !text.contains("\\") else {
            throw LexicalError(
                offset: offset, headline: "DELIMITER needs something to end statements with")
        }
        guard text.utf8.count <= Self.longestDelimiter else {
            throw LexicalError(
                offset: offset,
                headline:
                    "a delimiter has \(Self.longestDelimiter) bytes at most, as for the client")
        }
        lexer.delimiter = text == ";" ? [] : Array(text.utf8)
        lexer.skipLine()
    }

    /// Commands that change nothing but what psql shows; pg_dump writes the first two.
    private static let idleCommands: Set<Substring> = [
        "\\restrict", "\\unrestrict", "\\echo", "\\qecho", "\\warn", "\\timing", "\\pset",
    ]

    /// Skips what is for psql's user alone; other commands of psql are no SQL.
    mutating func skipMetaCommand(at offset: Int) throws(LexicalError) {
        guard lexer.rules.metaCommands else {
            throw LexicalError(
                offset: offset, headline: "a backslash stands here, outside of any string")
        }
        let line = restOfLine(from: offset)
        let words = line.split { $0 == " " || $0 == "\t" }
        // A run stops at the first error in any case.
        let stops =
            words.first == "\\set" && words.count <= 3
            && words.dropFirst().first == "ON_ERROR_STOP"
            && ["on", "1", "true", "yes"].contains(words.dropFirst(2).first ?? "on")
        // A second backslash begins another command on the same line.
        guard stops || words.first.map(Self.idleCommands.contains) == true,
            !line.dropFirst().contains("\\")
        else {
            throw LexicalError(
                offset: offset, headline: "\(words.first ?? "\\") is a command of psql, not SQL",
                next: "Delete it, or write in SQL what it does.")
        }
        lexer.skipLine()
    }

    /// Refuses the line that goes back to the semicolon where the routine above it was not ended: the
    /// rest of the file would be part of it.
    func refuseDelimiterLine(_ token: Token) throws(LexicalError) {
        guard lexer.rules.delimiterLines, !lexer.delimiter.isEmpty, isDelimiterLine(token),
            restOfLine(from: token.end) == ";"
        else { return }
        let delimiter = String(decoding: lexer.delimiter, as: UTF8.self)
        throw LexicalError(
            offset: token.start,
            headline: "no `\(delimiter)` ends the statement above this DELIMITER line",
            next: "Write `\(delimiter)` behind the statement.")
    }

    /// What Drizzle writes between two statements, which need no semicolon then.
    private static let breakpoint = Array("--> statement-breakpoint".utf8)

    /// Whether a token is that line; if it is, goes to its end.
    mutating func isBreakpoint(_ token: Token) -> Bool {
        // Where `--` needs a space, `-->` is no comment.
        guard token.kind == .comment || token.kind == .symbol,
            lexer.bytes[token.start] == Byte.dash,
            lexer.hasPrefix(Self.breakpoint, at: token.start)
        else { return false }
        let end = token.start + Self.breakpoint.count
        guard end == lexer.end || Byte.isSpace(lexer.bytes[end]) else { return false }
        lexer.at = token.start
        lexer.skipLine()
        return true
    }
}
