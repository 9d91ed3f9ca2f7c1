import Bootstrap

/// A failure as GitHub Actions shows it beside the line of the file.
///
/// <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>
struct Annotation: CustomStringConvertible {
    /// The failure to show.
    let failure: Failure

    /// One line, `::error file=…,line=…,col=…::…`.
    var description: String {
        var properties: [String] = []
        if let place = failure.place {
            properties.append("file=" + Self.escaped(place.file, also: ":,"))
            if place.line > 0 { properties.append("line=\(place.line)") }
            if place.column > 0 { properties.append("col=\(place.column)") }
        }
        let space = properties.isEmpty ? "" : " "
        return "::error\(space)\(properties.joined(separator: ","))"
            + "::\(Self.escaped(failure.description))"
    }

    /// Percent-encodes what would end the message, or the property, too early.
    private static func escaped(_ text: String, also separators: String = "") -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            let isSpecial = "%\r\n".unicodeScalars.contains(scalar)
            if isSpecial || separators.unicodeScalars.contains(scalar) {
                let digits = String(scalar.value, radix: 16, uppercase: true)
                result += "%" + (digits.count == 1 ? "0" : "") + digits
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
