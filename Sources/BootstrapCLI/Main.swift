import ArgumentParser
import Bootstrap
import CBootstrapMalloc
import Glibc

/// Where the process begins.
@main enum Main {
    static func main() {
        let arguments = (1..<max(1, Int(CommandLine.argc))).compactMap {
            CommandLine.unsafeArgv[$0].map { String(cString: $0) }
        }
        // By hand, because scripts ask for it often, and parsing costs half of the time it takes.
        if arguments == ["--version"] {
            tell("bootstrap \(toolVersion)")
        }
        ArgumentMask.apply()
        if let everyday = EverydayUp(arguments) { perform(everyday) }
        var command = parsed(arguments)
        if let command = command as? any PipelineCommand { perform(command) }
        do {
            try command.run()
        } catch let failure as Failure {
            fail(failure)
        } catch {
            // A help text is thrown here.
            end(error, arguments)
        }
    }

    private static func parsed(_ arguments: [String]) -> any ParsableCommand {
        if let failure = UsageMessage.misplaced(arguments) { fail(failure) }
        do {
            return try RootCommand.parseAsRoot(arguments)
        } catch {
            if let reordered = UsageMessage.reordered(arguments, after: error) {
                return parsed(reordered)
            }
            end(error, arguments)
        }
    }

    /// Prints what the parser or a command threw, help or mistake, and ends the process.
    private static func end(_ error: any Error, _ arguments: [String]) -> Never {
        let status = RootCommand.exitCode(for: error).rawValue
        let message = UsageMessage(error, arguments).description
        // A command that has said everything itself throws its exit status alone.
        guard !message.isEmpty else { exit(status) }
        if status == 0 { tell(message) }
        Output.error.writeLine(message)
        exit(status)
    }

    /// Prints what was asked for about the program itself, and ends it.
    private static func tell(_ message: String) -> Never {
        do throws(Failure) { try Output.standard.writeResult(message + "\n") } catch { fail(error) }
        exit(0)
    }

    private static func fail(_ failure: Failure) -> Never {
        TextReporter(.init(), transcript: Transcript(version: toolVersion)).report(failure)
        exit(failure.status.rawValue)
    }

    /// Reads the configuration; a mistake in it ends the process.
    private static func setup(_ command: some PipelineCommand) -> Setup {
        let surroundings = Surroundings.process
        var style = OutputStyle(flags: command.given, surroundings)
        do throws(Failure) {
            let configuration = try Configuration(
                flags: command.given, sets: command.settings, surroundings: surroundings)
            style = OutputStyle(configuration, surroundings)
            return try Setup(command, configuration, style)
        } catch {
            style.reporter(database: nil).report(error)
            exit(error.status.rawValue)
        }
    }

    /// A signal that came when all but `program` was done is told too: the verdict above it says
    /// that everything is ready, and the exit status does not.
    private static func stopped(
        _ cancellation: Cancellation, before program: String?
    ) -> Failure? {
        cancellation.failure(
            state: "Everything that was begun is done."
                + (program.map { " \($0) was not started." } ?? ""),
            next: program.map { "run the same command again to start \($0)" })
    }

    /// Lets memory grow by 4 MiB at once, which costs nothing until it is used.
    ///
    /// A second thread's would grow page by page, each with a system call that keeps the first one
    /// waiting: with 2,000 files that is a tenth of the run. Naming one of these ends their adjustment,
    /// so the others are what it would come to.
    /// <https://man7.org/linux/man-pages/man3/mallopt.3.html>
    private static func growMemoryInLargeSteps() {
        _ = mallopt(M_TOP_PAD, 4 << 20)
        _ = mallopt(M_MMAP_THRESHOLD, 4 << 20)
        _ = mallopt(M_TRIM_THRESHOLD, 8 << 20)
    }

    /// Performs a command on this thread; another one takes the signals.
    ///
    /// The end is `_exit`, which runs nothing of the client libraries' own: another thread may still
    /// be at work in one. Nothing of ours is buffered.
    private static func perform(_ command: any PipelineCommand) -> Never {
        growMemoryInLargeSteps()
        let signals = Signals()
        Lane.start { signals.forward() }
        let setup = setup(command)
        var work = setup.work
        work.pipeline.isLast = true
        work.pipeline.willConnect = { [cancellation = setup.cancellation, grace = setup.grace] in
            signals.stop(cancellation, grace: grace)
        }
        do throws(Failure) {
            let status = try command.perform(work)
            signals.forwardPending(to: setup.cancellation)
            if let stopped = stopped(setup.cancellation, before: command.programWords.first) {
                setup.work.reporter.report(stopped)
                _exit(stopped.status.rawValue)
            }
            guard status == nil, !command.programWords.isEmpty else {
                _exit(status?.rawValue ?? 0)
            }
            _exit(Program(words: command.programWords).replaceProcess(signals))
        } catch {
            setup.work.reporter.report(error)
            _exit(error.status.rawValue)
        }
    }
}
