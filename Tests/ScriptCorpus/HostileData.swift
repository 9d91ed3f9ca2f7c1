/// Makers of data files that nobody would write.
package enum HostileData {
    private static let words = [
        "", "a", "1", "-0.5e3", "é", "🐘", " ", "NULL", "null", "true", "\\", "'", "x y", "\u{FEFF}",
        "a long text of thirty letters or so",
    ]

    /// CSV that is nearly right: mostly as it should be, with a mistake now and then.
    package static func delimited(_ noise: inout Noise, separator: String) -> String {
        let width = noise.one(of: [1, 2, 2, 3, 5])
        let lineEnd = noise.one(of: ["\n", "\r\n", "\r", "mixed"])
        var text = noise.isOne(in: 8) ? "\u{FEFF}" : ""
        text += (0..<width).map { "h\($0)" }.joined(separator: separator)
        for _ in 0..<noise.one(of: [0, 1, 2, 5, 9]) {
            text += lineEnd == "mixed" ? noise.one(of: ["\n", "\r\n", "\r"]) : lineEnd
            if noise.isOne(in: 12) { continue }
            let count = noise.isOne(in: 20) ? noise.one(of: [1, 2, 3, 4, 6]) : width
            for index in 0..<count {
                text += (index == 0 ? "" : separator) + field(&noise)
            }
        }
        if noise.isOne(in: 2) { text += lineEnd == "mixed" ? "\n" : lineEnd }
        return text
    }

    private static func field(_ noise: inout Noise) -> String {
        guard noise.isOne(in: 2) else { return noise.one(of: words) }
        var inside = ""
        for _ in 0..<noise.one(of: [0, 1, 2, 4]) {
            inside += noise.one(of: words + ["\"\"", ",", "\t", "\n", "\r", "\r\n", "\"\"\"\""])
        }
        switch Int.random(in: 0..<40, using: &noise) {
        case 0: return "\"" + inside
        case 1: return "\"" + inside + "\"x"
        case 2: return "x\"" + inside + "\""
        default: return "\"" + inside + "\""
        }
    }

    /// JSON Lines that are nearly right.
    package static func jsonLines(_ noise: inout Noise) -> String {
        let width = noise.one(of: [1, 2, 3])
        var text = ""
        for _ in 0..<noise.one(of: [1, 2, 5, 9]) {
            var keys = (0..<width).map { noise.isOne(in: 10) ? "\\u006b\($0)" : "k\($0)" }
            if noise.isOne(in: 4) { keys.shuffle(using: &noise) }
            if noise.isOne(in: 40) { keys.removeLast() }
            if noise.isOne(in: 40) { keys.append(noise.one(of: ["k0", "k", "kk1"])) }
            let space = noise.one(of: ["", "", " ", "\t"])
            let members = keys.map { "\"\($0)\"" + space + ":" + space + json(&noise, 0) }
            text += space + "{" + members.joined(separator: space + "," + space) + "}" + space
            text += noise.one(of: ["\n", "\n", "\r\n", "\n\n"])
        }
        return text
    }

    private static func json(_ noise: inout Noise, _ depth: Int) -> String {
        switch Int.random(in: 0..<(depth < 3 ? 9 : 7), using: &noise) {
        case 0: return noise.one(of: ["true", "false", "null"])
        case 1: return noise.one(of: ["0", "-0", "1.50", "1e5", "-1E-5", "123456789012345678901"])
        case 2 where noise.isOne(in: 10):
            return noise.one(of: [
                "01", "+1", "1.", ".5", "1e", "tru", "nul", "\"", "\"\\x\"", "\"\\ud800\"", "]",
                "'a'",
                "\"\\u12g4\"", "", "\"\\udc00\\ud800\"", "\"\t\"",
            ])
        case 7: return "[" + json(&noise, depth + 1) + ", " + json(&noise, depth + 1) + "]"
        case 8: return "{\"k0\":" + json(&noise, depth + 1) + "}"
        default:
            var inside = ""
            for _ in 0..<noise.one(of: [0, 1, 2, 4]) {
                inside += noise.one(of: [
                    "a", "é", "🐘", "\\n", "\\\"", "\\\\", "\\/", "\\u00e9", "\\ud83d\\udc18",
                    "\\u000a",
                    "{", "}", ",", ":", "a longer text than that",
                ])
            }
            return "\"" + inside + "\""
        }
    }

    /// The same bytes with some of them changed.
    package static func mutated(_ bytes: [UInt8], _ noise: inout Noise) -> [UInt8] {
        let pieces: [[UInt8]] = [
            "\"", "\"\"", ",", "\n", "\r", "\r\n", "\t", "\0", "{", "}", "[", "]", ":", "\\", "\\u",
            "\u{FEFF}", "é", "🐘",
        ].map { Array($0.utf8) }
        var bytes = bytes
        for _ in 0..<noise.one(of: [1, 1, 2, 4]) {
            let at = Int.random(in: 0...bytes.count, using: &noise)
            let end = min(bytes.count, at + noise.one(of: [1, 1, 2, 8, 40]))
            switch Int.random(in: 0..<6, using: &noise) {
            case 0: bytes.removeSubrange(at..<end)
            case 1: bytes.insert(contentsOf: Array(bytes[at..<end]), at: at)
            case 2: bytes.removeSubrange(at...)
            case 3 where at + 1 < bytes.count: bytes.swapAt(at, at + 1)
            case 4 where at < bytes.count: bytes[at] = .random(in: 0...255, using: &noise)
            default: bytes.insert(contentsOf: noise.one(of: pieces), at: at)
            }
        }
        return bytes
    }
}
