import Synchronization

/// Reads a data file one block ahead of the loader, on a thread of its own: while the server takes one
/// block, the next is cut, checked and written.
///
/// A file of one block needs no thread, and where the system has none to spare it goes on without.
final class ReadAhead {
    private let filler: RecordFiller
    private let progress: SeedProgress
    private var worker: Worker?
    private var isAlone = false
    /// Why the file cannot be read on: then this is the news.
    private(set) var failure: Failure?

    /// - `progress`: is told how far the rows are that were handed over, from time to time.
    init(_ filler: RecordFiller, progress: @escaping SeedProgress) {
        (self.filler, self.progress) = (filler, progress)
        progress(filler.load)
    }

    /// Ends the thread and waits for it: it reads a block at most.
    deinit { worker?.stop() }

    /// Fills the block with the next rows; false when there are none.
    func fill(_ block: inout RowBlock) throws(LoadError) -> Bool {
        do throws(Failure) {
            if let worker {
                if let load = try worker.next(&block) { progress(load) }
            } else {
                try filler.fill(&block)
                progress(filler.load)
                if !isAlone, block.bytes.count >= RecordFiller.blockSize { start(block.width) }
            }
        } catch {
            failure = error
            throw LoadError(DatabaseError(.rejected, error.headline))
        }
        return block.count > 0
    }

    private func start(_ width: Int) {
        let worker = Worker(filler, width)
        if Lane.assist({ worker.work() }) { self.worker = worker } else { isAlone = true }
    }
}

/// The thread's side: it fills a block whenever the one before was taken.
private final class Worker: Sendable {
    /// From the thread's beginning on, only the thread touches it.
    private nonisolated(unsafe) let filler: RecordFiller
    private let width: Int
    private let state = Mutex(State())
    private let filled = Bell()
    private let wanted = Bell()

    /// A block, and how far the file was read then.
    struct Filled {
        var block: RowBlock
        var load: Event.Load
    }

    private struct State {
        var result: Result<Filled, Failure>?
        var isStopped = false
    }

    init(_ filler: RecordFiller, _ width: Int) { (self.filler, self.width) = (filler, width) }

    func work() {
        var spare = RowBlock(width: width)
        while true {
            let result: Result<Filled, Failure>
            do throws(Failure) {
                try filler.fill(&spare)
                result = .success(Filled(block: spare, load: filler.load))
            } catch {
                result = .failure(error)
            }
            spare = RowBlock(width: width)
            state.withLock { $0.result = result }
            filled.ring()
            wanted.wait()
            guard !state.withLock({ $0.isStopped }) else { return filled.ring() }
        }
    }

    /// Takes the block that was filled, and lets the thread go on with the next one.
    ///
    /// - Returns: how far the file was read with it.
    func next(_ block: inout RowBlock) throws(Failure) -> Event.Load? {
        filled.wait()
        let result = state.withLock { state in
            defer { state.result = nil }
            return state.result
        }
        guard let result else { return nil }
        defer { wanted.ring() }
        let next = try result.get()
        block = next.block
        return next.load
    }

    /// Ends the thread, whose last block nobody wants, and waits until it has.
    func stop() {
        state.withLock { $0.isStopped = true }
        if state.withLock({ $0.result != nil }) { filled.wait() }
        wanted.ring()
        filled.wait()
    }
}
