/// One value of a YAML file, with its place, its tag and its text exactly as written.
///
/// Nothing is guessed: `12.10`, `no` and `0123` are text, and whoever reads the value decides what
/// it means. Mappings keep their order. Anchors, aliases and merge keys (`<<`) are resolved.
package struct YAMLNode: Sendable {
    /// What the value is.
    package var content: Content
    /// The tag as written (`!argon2id`, `!!str`), or `nil` where there is none.
    package var tag: String?
    /// Where its first character stands; of a tagged value, the tag's.
    package var place: Place

    /// The three shapes of YAML.
    package enum Content: Sendable {
        /// A text; `isPlain` is false for one in quotes or in a block (`|`, `>`).
        case scalar(String, isPlain: Bool)
        /// A list.
        case sequence([YAMLNode])
        /// Keys, each of them a scalar that occurs once, and their values.
        case mapping([(key: YAMLNode, value: YAMLNode)])
    }

    /// A value at a place.
    package init(_ content: Content, tag: String? = nil, place: Place) {
        self.content = content
        self.tag = tag
        self.place = place
    }

    /// The text of a scalar, or `nil` for a list or a mapping.
    package var text: String? {
        guard case .scalar(let text, _) = content else { return nil }
        return text
    }

    /// The values of a list, or `nil` for anything else.
    package var elements: [YAMLNode]? {
        guard case .sequence(let elements) = content else { return nil }
        return elements
    }

    /// The keys and values of a mapping, or `nil` for anything else.
    package var pairs: [(key: YAMLNode, value: YAMLNode)]? {
        guard case .mapping(let pairs) = content else { return nil }
        return pairs
    }

    /// Whether this is nothing: no text at all, or a plain `null` or `~`, without a tag.
    package var isNull: Bool { tag == nil && isNullWord }

    /// The same, whatever the tag is.
    package var isNullWord: Bool {
        guard case .scalar(let text, isPlain: true) = content else { return false }
        return ["", "null", "Null", "NULL", "~"].contains(text)
    }

    /// The value under a key of a mapping, or `nil`.
    package subscript(key: String) -> YAMLNode? {
        pairs?.first { $0.key.text == key }?.value
    }

    /// What this value is, in the words of a message: `a list`.
    package var kind: String {
        switch content {
        case .scalar: isNull ? "nothing" : "a text"
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }

    /// A failure that points at this value; `headline` goes on after the place: `has no rows`.
    package func failure(
        _ headline: String, status: ExitStatus = .rejected, next: String? = nil
    ) -> Failure {
        Failure(status, headline, place: place, next: next)
    }

    /// Reads a file's one document; `nil` when there is nothing in it but comments.
    ///
    /// Every mistake is a ``Failure`` with its place: what is no YAML or no UTF-8, a key given
    /// twice, a second document, nesting deeper than 100, aliases that unfold to more than a
    /// million values. Its status is 65 for a seed; configuration passes `.configuration`.
    package static func parse(
        _ bytes: [UInt8], file: String, status: ExitStatus = .rejected
    ) throws(Failure) -> YAMLNode? {
        let source = YAMLSource(bytes, file: file, status: status)
        try source.check()
        let reader = try YAMLReader(source)
        return try reader.document()
    }
}
