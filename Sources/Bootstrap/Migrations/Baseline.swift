extension Collection<Migration> {
    /// The versioned migrations that do not count on a database with this history, by their ids: what a
    /// baseline stands for, and baselines that come too late.
    ///
    /// A database without any migration begins with the newest baseline, and goes on with what comes behind
    /// it; one that began before there was a baseline needs none.
    ///
    /// - `target`: where a run is to stop; a baseline behind it would go further.
    func covered(by history: [Applied], to target: Options.Target? = nil) -> Set<String> {
        let versioned = filter { $0.kind == .versioned }
        guard versioned.contains(where: \.isBaseline) else { return [] }
        let rows = Set(history.lazy.filter { $0.kind == .migration }.map(\.id))
        var candidates = versioned[...]
        if !rows.isEmpty {
            candidates = candidates.filter { rows.contains(Applied.key($0.id)) }[...]
        } else if case .version(let text) = target, let last = versioned.named(text),
            let index = versioned.firstIndex(where: { $0.id == last.id })
        {
            candidates = versioned[...index]
        }
        let chosen = candidates.last(where: \.isBaseline)
        var covered: Set<String> = []
        var isBehind = chosen == nil
        for migration in versioned {
            if migration.id == chosen?.id {
                isBehind = true
            } else if !isBehind || migration.isBaseline {
                covered.insert(migration.id)
            }
        }
        return covered
    }
}
