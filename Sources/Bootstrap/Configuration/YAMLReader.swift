import CBootstrapYAML

/// Builds a ``YAMLNode`` from libyaml's events: <https://pyyaml.org/wiki/LibYAML>.
final class YAMLReader {
    private let source: YAMLSource
    // On the heap, since libyaml keeps a pointer from the parser to itself.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutableBufferPointer<UInt8>
    private var anchors: [String: (node: YAMLNode, size: Int)] = [:]
    private var open: Set<String> = []
    private var size = 0

    /// More levels than any file needs, and few enough for the stack.
    static let depthLimit = 100
    /// What aliases may unfold to: a few lines can otherwise mean billions of values.
    static let aliasLimit = 1_000_000

    init(_ source: YAMLSource) throws(Failure) {
        self.source = source
        input = .allocate(capacity: source.bytes.count)
        _ = input.initialize(from: source.bytes)
        parser = .allocate(capacity: 1)
        parser.initialize(to: yaml_parser_t())
        guard yaml_parser_initialize(parser) == 1 else {
            throw Failure(.internalError, "there is no memory left to read \(source.file)")
        }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, input.baseAddress, input.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        input.deallocate()
    }

    /// The one document, or `nil` when the file holds none.
    func document() throws(Failure) -> YAMLNode? {
        _ = try next()  // the stream's start
        let start = try next()
        guard start.type == YAML_DOCUMENT_START_EVENT else { return nil }
        let root = try node(from: try next(), depth: 0)
        _ = try next()  // the document's end
        let second = try next()
        guard second.type == YAML_STREAM_END_EVENT else {
            throw source.failure(
                "begins a second document; a file holds one", at: second.place,
                next: "Make two files of it, or take the line away that begins with ---.")
        }
        return root.isNull ? nil : root
    }
}

extension YAMLReader {
    /// What is needed of a libyaml event, so that the C memory lives no longer than a function.
    private struct Event {
        var type: yaml_event_type_t
        var place: Place
        var anchor: String?
        var tag: String?
        var text = ""
        var isPlain = false
    }

    private func next() throws(Failure) -> Event {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw mistake() }
        defer { yaml_event_delete(&event) }
        var result = Event(type: event.type, place: place(event.start_mark))
        switch event.type {
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            result.anchor = string(scalar.anchor)
            result.tag = tag(scalar.tag)
            result.text = String(
                decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length),
                as: UTF8.self)
            // The lone tag `!` says "a text, whatever it looks like", as quotes do.
            let isText = string(scalar.tag) == "!"
            result.isPlain = scalar.style == YAML_PLAIN_SCALAR_STYLE && !isText
        case YAML_SEQUENCE_START_EVENT:
            result.anchor = string(event.data.sequence_start.anchor)
            result.tag = tag(event.data.sequence_start.tag)
        case YAML_MAPPING_START_EVENT:
            result.anchor = string(event.data.mapping_start.anchor)
            result.tag = tag(event.data.mapping_start.tag)
        case YAML_ALIAS_EVENT:
            result.anchor = string(event.data.alias.anchor)
        default:
            break
        }
        return result
    }

    private func string(_ text: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        text.map { String(cString: $0) }
    }

    private func tag(_ text: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        guard let tag = string(text), tag != "!" else { return nil }
        let standard = "tag:yaml.org,2002:"
        return tag.hasPrefix(standard) ? "!!" + tag.dropFirst(standard.count) : tag
    }

    /// libyaml counts characters, as we do, but from 0.
    private func place(_ mark: yaml_mark_t) -> Place {
        Place(file: source.file, line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }

    /// What libyaml could not read, in its own words, with what helps against the usual causes.
    private func mistake() -> Failure {
        let problem = parser.pointee.problem.map { String(cString: $0) } ?? "it ends too early"
        guard parser.pointee.error != YAML_READER_ERROR else {
            let value = String(parser.pointee.problem_value, radix: 16, uppercase: true)
            let code = String(repeating: "0", count: max(0, 4 - value.count)) + value
            return source.failure(
                "holds the character U+\(code), which YAML does not allow",
                at: source.place(ofByte: parser.pointee.problem_offset), showsLine: false,
                next: "Take it away, or write it as an escape between double quotes.")
        }
        let place = place(parser.pointee.problem_mark)
        let context = parser.pointee.context.map { " \(String(cString: $0))" } ?? ""
        switch source.character(at: place) {
        case "\t":
            return source.failure(
                "has a tab where YAML wants spaces", at: place,
                next: "Indent with spaces.")
        case "@", "`", "%", "*", "&", "!", "|", ">":
            return source.failure(
                "is not valid YAML: \(problem)\(context)", at: place,
                next: "Put a value that begins with this character in quotes.")
        case ":":
            return source.failure(
                "is not valid YAML: \(problem)\(context)", at: place,
                next: "Put a value that holds a colon and a space in quotes.")
        default:
            return source.failure("is not valid YAML: \(problem)\(context)", at: place)
        }
    }
}

extension YAMLReader {
    private func node(from event: Event, depth: Int) throws(Failure) -> YAMLNode {
        if event.type == YAML_ALIAS_EVENT { return try alias(event) }
        guard depth < Self.depthLimit else {
            throw source.failure(
                "is nested more than \(Self.depthLimit) levels deep", at: event.place,
                showsLine: false)
        }
        let sizeBefore = size
        size += 1
        if let anchor = event.anchor { open.insert(anchor) }
        let content: YAMLNode.Content
        switch event.type {
        case YAML_SEQUENCE_START_EVENT: content = .sequence(try elements(depth: depth + 1))
        case YAML_MAPPING_START_EVENT: content = .mapping(try pairs(depth: depth + 1))
        default: content = .scalar(event.text, isPlain: event.isPlain)
        }
        let node = YAMLNode(content, tag: event.tag, place: event.place)
        if let anchor = event.anchor {
            open.remove(anchor)
            anchors[anchor] = (node, size - sizeBefore)
        }
        return node
    }

    private func alias(_ event: Event) throws(Failure) -> YAMLNode {
        let name = event.anchor ?? ""
        guard !open.contains(name) else {
            throw source.failure(
                "names the anchor &\(name), which this value is a part of", at: event.place)
        }
        guard let anchor = anchors[name] else {
            let known = nearest(name, in: anchors.keys).map { "; did you mean *\($0)?" } ?? ""
            throw source.failure(
                "names the anchor &\(name), which is not defined above it\(known)",
                at: event.place, next: "Put a text that begins with * in quotes.")
        }
        size += anchor.size
        guard size <= Self.aliasLimit else {
            throw source.failure(
                "unfolds to more than a million values through its aliases", at: event.place)
        }
        return anchor.node
    }

    private func elements(depth: Int) throws(Failure) -> [YAMLNode] {
        var elements: [YAMLNode] = []
        while true {
            let event = try next()
            if event.type == YAML_SEQUENCE_END_EVENT { return elements }
            elements.append(try node(from: event, depth: depth))
        }
    }

    private func pairs(depth: Int) throws(Failure) -> [(key: YAMLNode, value: YAMLNode)] {
        var pairs: [(key: YAMLNode, value: YAMLNode)] = []
        var places: [String: Place] = [:]
        var merged: [YAMLNode] = []
        while true {
            let event = try next()
            if event.type == YAML_MAPPING_END_EVENT { break }
            let key = try node(from: event, depth: depth)
            guard case .scalar(let name, let isPlain) = key.content else {
                throw source.failure("has \(key.kind) as a key", at: key.place)
            }
            guard !name.isEmpty else {
                throw source.failure("has a key without a name", at: key.place)
            }
            if let first = places.updateValue(key.place, forKey: name) {
                throw source.failure(
                    "gives the key \(name) a second time; the first is in line \(first.line)",
                    at: key.place)
            }
            let value = try node(from: try next(), depth: depth)
            if name == "<<" && isPlain && key.tag == nil {
                merged += try bases(value)
            } else {
                pairs.append((key, value))
            }
        }
        // What is written here wins over what is merged in, and an earlier base over a later one.
        for pair in merged.flatMap({ $0.pairs ?? [] }) {
            guard let name = pair.key.text, places[name] == nil else { continue }
            places[name] = pair.key.place
            pairs.append(pair)
        }
        return pairs
    }

    /// The mappings that `<<` takes in: <https://yaml.org/type/merge.html>.
    private func bases(_ value: YAMLNode) throws(Failure) -> [YAMLNode] {
        let bases = value.elements ?? [value]
        for base in bases where base.pairs == nil {
            throw source.failure("merges \(base.kind); << takes mappings", at: base.place)
        }
        return bases
    }
}
