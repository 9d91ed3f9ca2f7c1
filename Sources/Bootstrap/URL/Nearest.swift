/// The word in `known` that `word` is most likely a misspelling of, or `nil` where none is near.
///
/// The distance is Damerau's and Levenshtein's: letters put in, left out, changed, or two
/// neighbours swapped. Case, `-` and `_` make no difference. A third of the letters may be wrong.
package func nearest(_ word: String, in known: some Sequence<String>) -> String? {
    let letters = plainLetters(word)
    let limit = max(1, letters.count / 3)
    // Longer words are no setting's name, and the table grows with the square of the length.
    guard !letters.isEmpty, letters.count <= 64 else { return nil }
    var best: (word: String, distance: Int)?
    for candidate in known {
        let other = plainLetters(candidate)
        guard abs(other.count - letters.count) <= limit else { continue }
        let distance = distance(letters, other)
        guard distance <= limit, distance < other.count else { continue }
        let isBetter = best.map { (distance, candidate) < ($0.distance, $0.word) } ?? true
        if isBetter { best = (candidate, distance) }
    }
    return best?.word
}

/// `; did you mean "x"?` for the nearest word in `known`, or nothing.
package func didYouMean(
    _ word: String, in known: some Sequence<String>, quote: String = "\""
) -> String {
    nearest(word, in: known).map { "; did you mean \(quote)\($0)\(quote)?" } ?? ""
}

private func plainLetters(_ word: String) -> [UInt8] {
    word.lowercased().utf8.filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "_") }
}

/// The optimal string alignment distance.
private func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...b.count)
    for i in 0..<a.count {
        var row = [i + 1]
        for j in 0..<b.count {
            var cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                cost = min(cost, beforeLast[j - 1] + 1)
            }
            row.append(cost)
        }
        (beforeLast, last) = (last, row)
    }
    return last[b.count]
}
