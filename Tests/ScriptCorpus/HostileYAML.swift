/// A maker of YAML that nobody would write.
package enum HostileYAML {
    private static let plain = [
        "a", "no", "null", "~", "12.10", "0123", "1e3", "é", "🐘", "x y", "a:b", "a#b", "-1", "true",
        "2026-01-31", "<<", "=", "a  b", "%a", "a,b", "http://x/y?z#w",
    ]

    /// A document that is nearly right: a tree in every style, with a mistake now and then.
    package static func document(_ noise: inout Noise) -> String {
        var text = noise.one(of: ["", "", "---\n", "# a comment\n", "%YAML 1.1\n---\n", "\u{FEFF}"])
        text += value(&noise, indent: 0, depth: 0, isFirst: true)
        if !text.hasSuffix("\n"), noise.isOne(in: 2) { text += "\n" }
        text += noise.one(of: ["", "", "", "...\n", "# the end", "\n\n"])
        return noise.isOne(in: 6) ? spoilt(text, &noise) : text
    }

    private static func value(
        _ noise: inout Noise, indent: Int, depth: Int, isFirst: Bool
    ) -> String {
        let pad = String(repeating: " ", count: indent)
        guard depth < 4, !noise.isOne(in: 3) else {
            return (isFirst ? pad : " ") + scalar(&noise, indent: indent) + "\n"
        }
        if noise.isOne(in: 4) { return (isFirst ? pad : " ") + flow(&noise, depth) + "\n" }
        let step = noise.one(of: [1, 2, 2, 4])
        var text = isFirst ? "" : property(&noise) + comment(&noise) + "\n"
        let isList = noise.isOne(in: 2)
        for index in 0..<noise.one(of: [1, 2, 3]) {
            if noise.isOne(in: 8) { text += pad + "# between\n" }
            if noise.isOne(in: 12) { text += "\n" }
            let mark = isList ? "-" : key(&noise, index) + ":"
            text +=
                pad + mark
                + value(&noise, indent: indent + step, depth: depth + 1, isFirst: false)
        }
        return text
    }

    private static func key(_ noise: inout Noise, _ index: Int) -> String {
        let name = noise.isOne(in: 15) ? "k0" : "k\(index)"
        return noise.one(of: [name, name, "\"\(name)\"", "'\(name)'"])
    }

    private static func property(_ noise: inout Noise) -> String {
        noise.isOne(in: 10) ? " " + noise.one(of: ["!tag", "&a", "!!map", "&b !x"]) : ""
    }

    private static func comment(_ noise: inout Noise) -> String {
        noise.isOne(in: 6) ? " # why" : ""
    }

    private static func scalar(_ noise: inout Noise, indent: Int) -> String {
        let tag = noise.isOne(in: 8) ? noise.one(of: ["!now ", "!!str ", "&c ", "!<x> "]) : ""
        let inner = String(repeating: " ", count: indent + 1)
        switch Int.random(in: 0..<10, using: &noise) {
        case 0: return tag + "''"
        case 1: return tag + "'" + noise.one(of: plain) + "''" + noise.one(of: plain) + "'"
        case 2:
            let escape = noise.one(of: [
                #"\n"#, #"\t"#, #"\x41"#, #"\u00e9"#, #"\""#, #"\\"#, #"\q"#, #"\0"#,
            ])
            return tag + "\"" + noise.one(of: plain) + escape + "\""
        case 3: return tag + "\"a\n\(inner)b\n\n\(inner)c\""
        case 4:
            let header = noise.one(of: ["|", ">", "|-", ">-", "|+", ">+", "|2"])
            return tag + header + "\n\(inner)one\n\(inner)  two\n\n\(inner)three"
        case 5: return noise.one(of: ["*a", "*c", ""])
        case 6: return tag + "one\n\(inner)two"
        default: return tag + noise.one(of: plain)
        }
    }

    private static func flow(_ noise: inout Noise, _ depth: Int) -> String {
        guard depth < 4, !noise.isOne(in: 3) else {
            return noise.one(of: ["a", "'b c'", "\"d\\te\"", "12.10", "~", "no", "!x y", ""])
        }
        let items = (0..<noise.one(of: [0, 1, 2, 3])).map { index in
            let item = flow(&noise, depth + 1)
            return (index, item)
        }
        if noise.isOne(in: 2) {
            return "[" + items.map(\.1).joined(separator: noise.one(of: [", ", ",", " ,\n    "]))
                + "]"
        }
        let pairs = items.map { "k\(noise.isOne(in: 15) ? 0 : $0.0): \($0.1)" }
        return "{" + pairs.joined(separator: ", ") + (noise.isOne(in: 10) ? "," : "") + "}"
    }

    private static func spoilt(_ text: String, _ noise: inout Noise) -> String {
        var scalars = Array(text.unicodeScalars)
        guard !scalars.isEmpty else { return text }
        let place = Int.random(in: 0..<scalars.count, using: &noise)
        switch Int.random(in: 0..<3, using: &noise) {
        case 0: scalars.remove(at: place)
        case 1:
            scalars.insert(
                noise.one(of: Array(" :-'\"{}[]&*!|>%@#\n,?".unicodeScalars)), at: place)
        default: scalars.removeSubrange(place...)
        }
        var result = ""
        result.unicodeScalars.append(contentsOf: scalars)
        return result
    }
}
