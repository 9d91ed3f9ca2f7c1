import Bootstrap

/// `bootstrap [up] --option value …` as containers and scripts write it, read by hand.
///
/// The parser of all commands builds its tables by reflection, which takes longer than a run that
/// finds nothing to do. Whatever is not written in the plainest way, and every mistake, is left to
/// it: it alone decides what is right, and a test holds this reading to its answers.
struct EverydayUp: UpSteps, Equatable {
    private(set) var given: [String: String] = [:]
    private(set) var settings: [String] = []
    private(set) var programWords: [String] = []
    /// Whether to show what would be done, and write nothing.
    private(set) var dryRun = false

    /// Reads the arguments, without the program's name; `nil` for anything but the plainest form:
    /// each option once, its value behind a space or `=`, without a dash at its beginning.
    init?(_ arguments: [String]) {
        var words = arguments[...]
        if words.first == "up" { words.removeFirst() }
        while let word = words.popFirst() {
            if word == "--" {
                // None after a dry run: nothing is ready for it.
                if !dryRun { programWords = Array(words) }
                return
            }
            if let (key, value) = Self.toggle(word) {
                guard set(key, value) else { return nil }
            } else if word == "--dry-run", !dryRun {
                dryRun = true
            } else {
                guard let (flag, value) = Self.pair(word, &words) else { return nil }
                if flag == "--set" {
                    settings.append(value)
                } else {
                    guard let key = Self.key(of: flag), set(key, value) else { return nil }
                }
            }
        }
    }

    private mutating func set(_ key: String, _ value: String) -> Bool {
        given.updateValue(value, forKey: key) == nil
    }

    /// An option and its value, from one word or from two.
    private static func pair(
        _ word: String, _ words: inout ArraySlice<String>
    ) -> (flag: String, value: String)? {
        guard word.utf8.first == UInt8(ascii: "-") else { return nil }
        if let equals = word.utf8.firstIndex(of: UInt8(ascii: "=")) {
            let value = word[word.utf8.index(after: equals)...]
            guard word.hasPrefix("--"), !value.isEmpty else { return nil }
            return (String(word[..<equals]), String(value))
        }
        guard let value = words.popFirst(), value.utf8.first != UInt8(ascii: "-"), !value.isEmpty
        else { return nil }
        return (word, value)
    }

    /// What a flag sets that takes no value; `nil` for every other word.
    private static func toggle(_ word: String) -> (key: String, value: String)? {
        switch word {
        case "--json": ("json", "true")
        case "--quiet", "-q": ("quiet", "true")
        case "--no-color": ("color", "false")
        case "--create": ("create", "true")
        case "--no-create": ("create", "false")
        case "--no-seed": ("seed", "false")
        case "--mirror": ("mirror", "true")
        default: nil
        }
    }

    /// The key of a flag that takes a value, by the table of all options.
    private static func key(of flag: String) -> String? {
        OptionDeclaration.all.first {
            $0.places.contains(.flag) && $0.kind != .toggle && $0.isCalled(flag)
        }?.key
    }
}
