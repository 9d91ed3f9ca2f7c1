extension Site {
    /// CREATE INDEX CONCURRENTLY waits for every older transaction by design: a lock timeout would
    /// only leave an invalid index behind.
    func lockLimit(of statement: Statement) -> (off: String, on: String)? {
        guard let template = dialect.setLockTimeout, statement.words.contains("CONCURRENTLY")
        else { return nil }
        func set(_ duration: Duration) -> String {
            let milliseconds = Int(duration.milliseconds)
            return template.replacing("{ms}", with: String(milliseconds))
                .replacing("{s}", with: String((milliseconds + 999) / 1000))
        }
        return (set(.zero), set(options.lockTimeout))
    }
}
