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
        /// Variables of the environment are put into what follows, or no more.
        case substitutes(Bool)
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
        var block: Range<Int>?
        var isOutside = false
        var begin = source.start
        var head: Range<Int>?
        var substitution: Range<Int>?
        for comment in CommentLines(source) {
            guard let line = meaning(comment) else { continue }
            let range = comment.range
            func refuse(_ headline: String) -> Failure { source.failure(headline, at: range) }
            if isUp == nil { try checkBlank(begin..<range.lowerBound, of: source) }
            switch line {
            case .begins(let up, let outside):
                guard block == nil else { throw refuse("stands inside of a block") }
                guard up || isUp != nil else {
                    throw refuse("leads back, and nothing before it leads there")
                }
                Self.end(&sections, isUp, begin..<range.lowerBound)
                head = head ?? begin..<range.lowerBound
                isUp = up
                begin = range.upperBound
                if !up, sections.down == nil { sections.down = .init() }
                if outside, up { sections.up.isOutside = true }
                if outside, !up { sections.down?.isOutside = true }
                // The line that still holds is a part of each, for whoever reads it alone.
                if let substitution {
                    Self.end(&sections, up, substitution)
                    Self.substitute(&sections, up)
                }
            case .outside: isOutside = true
            case .blockBegins:
                guard isUp != nil, block == nil else {
                    throw refuse(isUp == nil ? "stands before \(mark) Up" : "begins a second block")
                }
                block = range
            case .blockEnds:
                guard block != nil else { throw refuse("ends a block that was not begun") }
                block = nil
            case .substitutes(let begins):
                substitution = begins ? range : nil
                Self.substitute(&sections, isUp)
            case .wrong(let headline): throw refuse(headline)
            }
        }
        let end = source.bytes.endIndex
        guard isUp != nil else {
            try checkBlank(begin..<end, of: source)
            throw source.failure("has no line that begins with \(mark)", at: begin..<end)
        }
        if let block { throw source.failure("begins a block that has no end", at: block) }
        Self.end(&sections, isUp, begin..<end)
        sections.up.head = head
        sections.down?.head = head
        if isOutside {
            sections.up.isOutside = true
            sections.down?.isOutside = true
        }
        return sections
    }

    /// Throws where something else than comments stands before the first mark.
    private func checkBlank(_ range: Range<Int>, of source: SourceFile) throws(Failure) {
        for line in TextLines(source.bytes[range].afterBlockComments) {
            let first = line.first { $0 > Byte.space }
            guard first == nil || first == Byte.dash else {
                throw source.failure(
                    "is a statement before the first mark (\(mark))",
                    at: line.startIndex..<line.endIndex)
            }
        }
    }

    /// Notes that a part has lines about variables of the environment.
    private static func substitute(_ sections: inout Sections, _ isUp: Bool?) {
        switch isUp {
        case true?: sections.up.placeholders = .goose
        case false?: sections.down?.placeholders = .goose
        case nil: break
        }
    }

    private static func end(_ sections: inout Sections, _ isUp: Bool?, _ range: Range<Int>) {
        switch isUp {
        case true?: sections.up.ranges.append(range)
        case false?: sections.down?.ranges.append(range)
        case nil: break
        }
    }
}
