/// Reads a file in which comments on lines of their own part what leads there from what leads back.
struct MarkedFile: Sendable {
    /// What a line means.
    enum Line {
        /// What follows leads there, or back.
        case begins(up: Bool, isOutside: Bool)
        /// The whole file runs outside of any transaction.
        case outside
        /// The tool sends the lines up to the end of the block as one statement.
        case blockBegins, blockEnds
        /// A mark that the tool does not know, or that is not read here.
        case wrong(String)
    }

    /// What a mark begins with, for messages: `-- +goose`.
    let mark: String
    /// What a line means; `nil` for those without a mark.
    let meaning: @Sendable (CommentLine) -> Line?

    /// Parts a file, or refuses it with the line.
    func sections(of source: SourceFile) throws(Failure) -> Sections {
        var sections = Sections()
        var isUp: Bool?
        var block: Int?
        var isOutside = false
        var (number, begin) = (0, source.start)
        for line in TextLines(source.bytes[source.start...]) {
            number += 1
            func refuse(_ headline: String) -> Failure { source.failure(headline, line: number) }
            let comment = CommentLine(line)
            switch comment.flatMap(meaning) {
            case .begins(let up, let outside):
                guard block == nil else { throw refuse("stands inside of a block") }
                guard up || isUp != nil else {
                    throw refuse("leads back, and nothing before it leads there")
                }
                Self.end(&sections, isUp, begin..<line.startIndex)
                isUp = up
                begin = line.endIndex
                if !up, sections.down == nil { sections.down = .init() }
                if outside, up { sections.up.isOutside = true }
                if outside, !up { sections.down?.isOutside = true }
            case .outside: isOutside = true
            case .blockBegins:
                guard isUp != nil, block == nil else {
                    throw refuse(isUp == nil ? "stands before \(mark) Up" : "begins a second block")
                }
                block = number
            case .blockEnds:
                guard block != nil else { throw refuse("ends a block that was not begun") }
                block = nil
            case .wrong(let headline): throw refuse(headline)
            case nil:
                guard isUp != nil || Self.isBlank(line) else {
                    throw refuse("is a statement before the first mark (\(mark))")
                }
            }
        }
        guard isUp != nil else {
            throw source.failure("has no line that begins with \(mark)", line: max(1, number))
        }
        if let block { throw source.failure("begins a block that has no end", line: block) }
        Self.end(&sections, isUp, begin..<source.bytes.endIndex)
        if isOutside {
            sections.up.isOutside = true
            sections.down?.isOutside = true
        }
        return sections
    }

    /// Whether nothing, or an indented comment, stands in a line.
    private static func isBlank(_ line: ArraySlice<UInt8>) -> Bool {
        let first = line.first { $0 > Byte.space }
        return first == nil || first == Byte.dash
    }

    private static func end(_ sections: inout Sections, _ isUp: Bool?, _ range: Range<Int>) {
        switch isUp {
        case true?: sections.up.ranges.append(range)
        case false?: sections.down?.ranges.append(range)
        case nil: break
        }
    }
}
