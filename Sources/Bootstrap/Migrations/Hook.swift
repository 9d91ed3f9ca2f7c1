/// A file that runs around migrations, told by its name: `before_each.sql`.
package enum Hook: String, Sendable, CaseIterable {
    /// Before the first pending migration of a run.
    case beforeMigrate = "before_migrate"
    /// After the last pending migration of a run.
    case afterMigrate = "after_migrate"
    /// Before each migration, in its transaction.
    case beforeEach = "before_each"
    /// After each migration, in its transaction.
    case afterEach = "after_each"

    /// Whether it runs before what it stands at.
    var isBefore: Bool { self == .beforeMigrate || self == .beforeEach }
}

/// The hooks of a source, each possibly with variants for engines.
package struct Hooks: Sendable {
    private var bodies: [Hook: Variants<MigrationBody>] = [:]

    /// What runs on a server with this dialect: the most specific variant.
    package func body(of hook: Hook, for dialect: Dialect) -> MigrationBody? {
        bodies[hook]?.best(for: dialect)
    }

    /// Takes all of others in, or throws 65 where both have one of a kind.
    mutating func add(_ others: Hooks) throws(Failure) {
        for (hook, variants) in others.bodies {
            for (engine, body) in variants.all { try add(body, hook, for: engine) }
        }
    }

    /// Takes a file in, or throws 65 where it asks for what a hook cannot have, or is the second of
    /// its kind.
    mutating func add(_ body: MigrationBody, _ hook: Hook, for engine: String) throws(Failure) {
        for directive in [Directive.noTransaction, .foreignKeysOff]
        where body.directives.contains(directive) {
            throw Failure(
                .rejected, "\(body.path) says \(directive.rawValue), which is for migrations",
                next: "Delete the directive: before_each and after_each run in the transaction of "
                    + "their migration, the other hooks in one of their own.")
        }
        if let other = bodies[hook]?[engine] {
            throw Failure(
                .rejected, "\(body.path) and \(other.path) are both \(hook.rawValue)",
                next: "Put what both do into one file.")
        }
        bodies[hook, default: Variants()][engine] = body
    }
}
