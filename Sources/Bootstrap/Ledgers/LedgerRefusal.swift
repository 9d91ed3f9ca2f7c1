extension LedgerComparison {
    /// Why what a tool's table says cannot be taken over as it is; `nil` where it can.
    func refusal(_ request: AdoptionRequest) -> Failure? {
        let tool = takeover.tool
        func refusal(_ headline: String, _ next: String) -> Failure {
            Failure(.configuration, headline, state: "Nothing was changed.", next: next)
        }
        if let problem {
            return refusal(
                "\(tool) would not go on either: \(problem.headline)",
                "\(problem.remedy); then run the same command again")
        }
        if let newest = newer.first, request.version == nil, !request.leavesNewer {
            let others = newer.count > 1 ? " and \(newer.count - 1) more" : ""
            return refusal(
                "\(tool) has applied \(newest.name)\(others), which is newer than all of these files",
                "adopt with the release that has its file; or say with --to which is the newest one "
                    + "to take")
        }
        guard !request.acceptsDoubts else { return nil }
        let changed = takeover.names(.changed)
        if let first = changed.first {
            let others = changed.count > 1 ? " and \(changed.count - 1) more" : ""
            return refusal(
                "\(first)\(others) changed since \(tool) applied it, by its own checksum",
                "restore the files; or take them as they are with adopt --accept")
        }
        let suspects = takeover.rows.filter { $0.state == .suspect }
        if let first = suspects.first {
            let others = suspects.count > 1 ? ", and \(suspects.count - 1) more do not fit" : ""
            return refusal(
                "\(first.name): \(first.detail ?? "")\(others)",
                "look whether it has run: if not, say adopt --pending "
                    + "\(Version.leading(first.name) ?? first.name); if the database is right as it "
                    + "is, adopt --accept")
        }
        return nil
    }
}
