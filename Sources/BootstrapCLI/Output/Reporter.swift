import Bootstrap

/// Whoever tells the world what a run does; nothing else in the program prints a run's events.
protocol Reporter: Sendable {
    /// Tells what happened.
    func report(_ event: Event)
    /// Tells why the run stopped.
    func report(_ failure: Failure)
}

extension Reporter {
    /// Shows a failure beside its source line where GitHub Actions runs the program.
    ///
    /// The runner reads standard error too, where an annotation disturbs no reader of JSON.
    func annotate(_ failure: Failure, isWanted: Bool) {
        guard isWanted else { return }
        Output.error.writeLine("\(Annotation(failure: failure))")
    }
}
