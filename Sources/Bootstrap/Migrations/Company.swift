/// Whose work an unfinished row of the history may be.
enum Company {
    /// Nobody knows before the lock is held: whoever is at work is waited for.
    case unknown
    /// No lock keeps another run from being at work on it now.
    case others
    /// No other run can be at work: an earlier one has left it behind.
    case nobody
}

extension Failure {
    /// A migration that was begun and is not finished, where only finished ones are of use.
    ///
    /// - `remedy`: What settles it once nobody is at work on it.
    init(unfinished row: Applied, beside company: Company, next remedy: String) {
        self.init(
            .configuration, "\(row.name) was begun and is not finished",
            state: "Nothing was changed.",
            next: company == .nobody ? remedy : "unless a run is at work on it now, \(remedy)")
    }
}
