import Bootstrap
import Glibc

/// Runs `body` on `count` threads at once, and returns what each gave.
func onThreads<Result: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (Int) -> Result
) async -> [Result] {
    await withTaskGroup { group in
        for number in 0..<count {
            group.addTask { await Lane.run { body(number) } }
        }
        return await group.reduce(into: []) { $0.append($1) }
    }
}

/// Lets other threads go on, between two looks at something that they do.
func pauseBriefly() { usleep(10_000) }
