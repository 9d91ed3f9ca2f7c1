#if Logging
import Logging

extension Pipeline {
    /// Waits, creates the database, migrates and seeds, and tells `logger` of it.
    ///
    /// For the package's trait `Logging`. A failure is thrown and not logged: whoever catches it
    /// knows whether it is news. For the other functions, and for events of one's own choice:
    /// `try await pipeline.migrate { $0.log(to: logger) }`.
    @discardableResult
    public func run(logger: Logger) async throws(Failure) -> Report {
        try await run { $0.log(to: logger) }
    }
}

extension Event {
    /// Writes the event as a message, with its values as metadata.
    ///
    /// Where the work has come to is `trace`, what begins `debug`, what is done `info`, and what
    /// somebody may have to look at (waiting, another run's lock, a new or a dropped database, a note)
    /// `notice`. A password that a seed has generated is in a note, the one time that it is told.
    public func log(to logger: Logger) {
        switch self {
        case .started(let target): logger.debug("started", metadata: ["target": "\(target)"])
        case .waiting(let reason): logger.notice("waiting", metadata: ["reason": "\(reason)"])
        case .awake(let server, let after):
            logger.info("awake", metadata: server.metadata.merging(["ms": after.metadata]) { $1 })
        case .created(let name): logger.notice("created", metadata: ["database": "\(name)"])
        case .dropped(let name): logger.notice("dropped", metadata: ["database": "\(name)"])
        case .locked(let holder): logger.notice("locked", metadata: holder.metadata)
        case .migrating(let name): logger.debug("migrating", metadata: ["name": "\(name)"])
        case .migrated(let name, let took):
            logger.info("migrated", metadata: ["name": "\(name)", "ms": took.metadata])
        case .rollingBack(let name): logger.debug("rolling back", metadata: ["name": "\(name)"])
        case .rolledBack(let name, let took):
            logger.notice("rolled back", metadata: ["name": "\(name)", "ms": took.metadata])
        case .compared(let row):
            logger.notice(
                "\(row.state.rawValue)",
                metadata: ["name": "\(row.name)", "detail": "\(row.detail ?? "")"])
        case .adopted(let name): logger.notice("adopted", metadata: ["name": "\(name)"])
        case .seeding(let name): logger.debug("seeding", metadata: ["name": "\(name)"])
        case .running(let name, let statement):
            var metadata: Logger.Metadata = ["name": "\(name)"]
            if let statement {
                metadata["statement"] = "\(statement.number)"
                metadata["statements"] = "\(statement.count)"
            }
            logger.trace("running", metadata: metadata)
        case .loading(let name, let load):
            logger.trace(
                "loading",
                metadata: ["name": "\(name)", "file": "\(load.file)", "rows": "\(load.rows)"])
        case .seeded(let name, let counts, let took):
            let own: Logger.Metadata = ["name": "\(name)", "ms": took.metadata]
            logger.info("seeded", metadata: counts.metadata.merging(own) { $1 })
        case .note(let text): logger.notice("\(text)")
        case .ready(let report): logger.info("ready", metadata: report.metadata)
        }
    }
}

extension Duration {
    fileprivate var metadata: Logger.MetadataValue { "\(Int(milliseconds.rounded()))" }
}

extension Server {
    fileprivate var metadata: Logger.Metadata {
        ["product": "\(product)", "server": "\(version)"]
    }
}

extension LockHolder {
    fileprivate var metadata: Logger.Metadata {
        var metadata: Logger.Metadata = ["by": "\(who)"]
        if let session { metadata["session"] = "\(session)" }
        if let since { metadata["since"] = "\(since)" }
        if let doing { metadata["doing"] = "\(doing)" }
        return metadata
    }
}

extension SeedCounts {
    fileprivate var metadata: Logger.Metadata {
        [
            "inserted": "\(inserted)", "updated": "\(updated)", "unchanged": "\(unchanged)",
            "deleted": "\(deleted)",
        ]
    }
}

extension Report {
    fileprivate var metadata: Logger.Metadata {
        [
            "target": "\(target)", "migrations": "\(migrations)", "seeds": "\(seeds)",
            "migrated": "\(migrated.count)", "rolledback": "\(rolledBack.count)",
            "adopted": "\(adopted.count)", "seeded": "\(seeded.count)", "ms": took.metadata,
        ]
    }
}
#endif
