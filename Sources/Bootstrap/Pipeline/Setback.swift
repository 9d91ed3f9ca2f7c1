/// A statement of a file that is no transaction, and has failed: what took effect, and what to do.
struct Setback {
    /// The statement's number in the file, from 0.
    let index: Int
    /// The number of the first one that was rolled back together with it; its own where none was.
    let first: Int
    /// How many statements the file has.
    let total: Int
    let error: DatabaseError
    /// What became of it.
    let outcome: Footprint.Outcome

    /// Which statements took effect.
    var state: String {
        var parts: [String] = []
        if first == 1 { parts.append("Statement 1 took effect.") }
        if first > 1 { parts.append("Statements 1 to \(first) took effect.") }
        let place = "\(index + 1) of \(total)"
        switch outcome {
        case .untouched where first < index:
            parts.append("Statements \(first + 1) to \(place) did not take effect.")
        case .untouched: parts.append("Statement \(place) did not take effect.")
        case .done: parts.append("Statement \(place) took effect, as the catalogue shows.")
        case .partly: parts.append("Statement \(place) took effect in part.")
        case .unknown: parts.append("Whether statement \(place) took effect is not known.")
        }
        if let leftover = error.leftover { parts.append(leftover) }
        if index + 2 == total { parts.append("Statement \(total) has not run.") }
        if index + 2 < total { parts.append("Statements \(index + 2) to \(total) have not run.") }
        return parts.joined(separator: " ")
    }

    /// What to do.
    var next: String {
        let again = "run the same command again; it"
        let next: String
        switch outcome {
        case .untouched:
            // Where the engine itself was content, what an earlier attempt left is wrong, not the file.
            let isContent = error.leftover != nil && error.code == nil
            next =
                (isContent ? "" : "correct the file and ")
                + "\(again) goes on with statement \(first + 1)"
        case .done: next = "\(again) goes on behind statement \(index + 1)"
        case .partly:
            next =
                "correct the file, or remove the cause and \(again) does the rest of the statement"
        case .unknown: next = "\(again) says how to go on"
        }
        guard error.leftover != nil, let remedy = error.remedy else { return next }
        return "\(remedy); then \(next)"
    }
}
