/// Tells by a ledger's checksums whether files have changed since they were applied.
///
/// Line ends and a byte order mark may have changed on the way through a repository.
struct LedgerChecks {
    private let ledger: any Ledger.Type
    private let files: [LedgerFile]
    private let applied: Set<HistoryKey>
    /// Whether a checksum is one of all files up to its own.
    private let isRunning: Bool
    /// The checksums that such a ledger may have for each file; `nil` until one is asked for.
    private var running: [HistoryKey: Set<String>]?
    /// Whether one has changed: its checksum tells nothing of those behind it then.
    private var isBroken = false

    /// - `files`: those of this server, in their order.
    /// - `applied`: which of them the ledger has.
    init(_ ledger: any Ledger.Type, _ files: [LedgerFile], applied: Set<HistoryKey>) {
        (self.ledger, self.files, self.applied) = (ledger, files, applied)
        isRunning = ledger.checksums(over: []) != nil
    }

    /// Whether a file is the one that the tool has applied, as far as its checksum tells.
    mutating func isUnchanged(
        _ file: LedgerFile, _ entry: LedgerEntry?
    ) throws(Failure) -> Bool {
        guard let checksum = entry?.checksum, file.body.code == nil else { return true }
        if isRunning {
            guard !isBroken, !checksum.isEmpty else { return true }
            if ledger.checksums(of: [], file.migration).contains(checksum) { return true }
            if running == nil { running = try sums() }
            isBroken = running?[file.migration.identity]?.contains(checksum) != true
            return !isBroken
        }
        let source = try file.body.source()
        let sums = ledger.checksums(of: source.bytes, file.migration)
        if sums.isEmpty || sums.contains(checksum) { return true }
        return source.otherLineEnds.contains {
            ledger.checksums(of: $0, file.migration).contains(checksum)
        }
    }

    /// Over all files, and over those that were applied: one that was added late was not there yet.
    private func sums() throws(Failure) -> [HistoryKey: Set<String>] {
        var sums: [HistoryKey: Set<String>] = [:]
        for files in [files, files.filter { applied.contains($0.migration.identity) }] {
            let (sources, places) = try Self.sources(of: files)
            let variants =
                [sources.map(\.bytes)]
                + (0...1).map { index in sources.map { $0.otherLineEnds[index] } }
            for texts in variants {
                guard let list = ledger.checksums(over: Array(zip(sources.map(\.name), texts)))
                else { continue }
                for (key, place) in places where list.indices.contains(place) {
                    sums[key, default: []].insert(list[place])
                }
            }
        }
        return sums
    }

    /// The checksums of files as they are, for a ledger whose checksums are of all files up to each; none
    /// for others.
    static func running(
        _ ledger: any Ledger.Type, _ files: [LedgerFile]
    ) throws(Failure) -> [HistoryKey: String] {
        guard ledger.checksums(over: []) != nil else { return [:] }
        let (sources, places) = try sources(of: files)
        let list = ledger.checksums(over: sources.map { ($0.name, $0.bytes) }) ?? []
        return Dictionary(
            places.filter { list.indices.contains($0.place) }.map { ($0.key, list[$0.place]) },
            uniquingKeysWith: { first, _ in first })
    }

    /// The files' sources in their order, and where the checksum of each migration stands.
    private static func sources(
        of files: [LedgerFile]
    ) throws(Failure) -> (sources: [SourceFile], places: [(key: HistoryKey, place: Int)]) {
        var sources: [SourceFile] = []
        var places: [(key: HistoryKey, place: Int)] = []
        for file in files {
            // Ways back count too, and stand in front by their names.
            let back = try file.migration.waysBack[""]?.body(known: EngineNames.all)
            for body in [back, file.body].compactMap({ $0 }) where body.code == nil {
                sources.append(try body.source())
            }
            places.append((file.migration.identity, sources.count - 1))
        }
        return (sources, places)
    }
}

extension SourceFile {
    /// The bytes without a byte order mark, with `\n` at the ends of lines and with `\r\n`.
    fileprivate var otherLineEnds: [[UInt8]] {
        let lines = normalised
        return [
            lines,
            lines.flatMap { $0 == Byte.newline ? [Byte.carriageReturn, $0] : [$0] },
        ]
    }

    /// The path's last part.
    fileprivate var name: String { path.split(separator: "/").last.map(String.init) ?? path }
}
