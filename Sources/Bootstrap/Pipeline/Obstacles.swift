import Synchronization

/// What a run waits for, told once as long as it is the same: by the run itself after an attempt, and
/// from within a driver while an attempt lasts.
final class Obstacles: Sendable {
    private let last = Mutex<String?>(nil)
    private let report: Pipeline.Reporter

    init(_ report: @escaping Pipeline.Reporter) { self.report = report }

    /// Tells of an obstacle that is another one than before.
    func tell(_ reason: String) {
        let isNew = last.withLock { last in
            defer { last = reason }
            return reason != last
        }
        if isNew { report(.waiting(reason: reason)) }
    }

    /// Begins a new wait, which has told nothing yet.
    func forget() { last.withLock { $0 = nil } }
}
