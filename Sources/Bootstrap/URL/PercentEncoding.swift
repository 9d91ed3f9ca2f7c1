/// Percent-encoding as URLs have it; a `+` is a plus: <https://www.rfc-editor.org/rfc/rfc3986>.
enum PercentEncoding {
    /// Why a text cannot be decoded.
    enum Mistake: Error, Equatable {
        /// A `%` without two hexadecimal digits behind it.
        case incomplete
        /// `%00`, which ends a text in every client library.
        case zero
        /// Bytes that are no UTF-8.
        case notUTF8
    }

    /// The text that `bytes` stand for.
    static func decode(_ bytes: some Collection<UInt8>) throws(Mistake) -> String {
        var decoded: [UInt8] = []
        var rest = bytes[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                decoded.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(digit),
                let low = rest.popFirst().flatMap(digit)
            else { throw .incomplete }
            guard high != 0 || low != 0 else { throw .zero }
            decoded.append(high << 4 | low)
        }
        guard let text = String(validating: decoded, as: UTF8.self) else { throw .notUTF8 }
        return text
    }

    /// `text` so that it means itself in every part of a URL.
    ///
    /// A comma stays, since it separates hosts and means nothing elsewhere; letters of all
    /// languages stay too, when the text is `shown` to a person.
    static func encode(_ text: String, keeping kept: String = "", shown: Bool = false) -> String {
        var encoded: [UInt8] = []
        for byte in text.utf8 {
            let isPlain = isUnreserved(byte) || kept.utf8.contains(byte) || (shown && byte >= 0x80)
            if isPlain {
                encoded.append(byte)
            } else {
                encoded += [UInt8(ascii: "%"), letter(byte >> 4), letter(byte & 15)]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch Unicode.Scalar(byte) {
        case "A"..."Z", "a"..."z", "0"..."9", "-", ".", "_", "~", ",": true
        default: false
        }
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch Unicode.Scalar(byte) {
        case "0"..."9": byte - UInt8(ascii: "0")
        case "a"..."f": byte - UInt8(ascii: "a") + 10
        case "A"..."F": byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    private static func letter(_ digit: UInt8) -> UInt8 {
        digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "A") + digit - 10
    }
}
