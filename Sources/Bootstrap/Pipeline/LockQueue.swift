/// Waiting for a lock that is polled, and telling who has it: at first, and then every 30 s.
struct LockQueue {
    let run: Run
    /// Who has it, as far as that can be told.
    let holder: () -> LockHolder
    /// What the wait ends with when its time is out.
    let timeout: () -> Failure

    /// Tries until the lock is taken.
    ///
    /// - `attempt`: takes it, or returns false at once while somebody else has it.
    /// - `isFinished`: asked between the tries, whether there is nothing left to wait for.
    /// - Returns: false when there is nothing left to wait for.
    func wait(
        orFinish isFinished: () throws(Failure) -> Bool = { () throws(Failure) in false },
        _ attempt: () throws(Failure) -> Bool
    ) throws(Failure) -> Bool {
        let deadline = run.timing.now() + run.options.lockWait
        var lastReport: Deadline?
        var delay = Duration.milliseconds(20)
        while try !attempt() {
            try run.cancellation.check(state: "Nothing was changed by this run.")
            let now = run.timing.now()
            guard now < deadline else { throw timeout() }
            if lastReport.map({ $0.duration(to: now) >= .seconds(30) }) ?? true {
                lastReport = now
                run.report(.locked(by: holder()))
            }
            run.timing.pause(delay * (0.75 + run.timing.random() / 2))
            delay = min(delay * 1.5, .milliseconds(500))
            if try isFinished() { return false }
        }
        return true
    }
}
