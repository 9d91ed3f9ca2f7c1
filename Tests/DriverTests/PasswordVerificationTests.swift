import BootstrapTesting
import FoundationEssentials
import Glibc
import Testing

@testable import Bootstrap

/// Verifies a password as an application in Python does: with argon2-cffi, and with bcrypt for the
/// older form.
struct PythonApplication {
    /// Why it cannot run here, or `nil`; with `CI` in the environment it must.
    static let reasonMissing: String? = {
        do {
            _ = try run("import argon2, bcrypt")
            return nil
        } catch {
            return getenv("CI") != nil ? nil : "python3-argon2 and python3-bcrypt: \(error)"
        }
    }()

    /// Whether `password` opens `hash`, and whether the application would hash it anew.
    ///
    /// The application's settings are those of the second choice of RFC 9106, section 4, which
    /// argon2-cffi has by default from 21.2 on.
    static func verify(_ password: String, against hash: String) throws -> String {
        let program = """
            import sys, argon2, bcrypt
            hasher = argon2.PasswordHasher(
                time_cost=3, memory_cost=65536, parallelism=4, hash_len=32, salt_len=16)

            def verify_password(plain, hashed):
                if hashed.startswith("$argon2"):
                    try:
                        hasher.verify(hashed, plain)
                    except argon2.exceptions.VerifyMismatchError:
                        return False, None
                    return True, hasher.check_needs_rehash(hashed)
                if not bcrypt.checkpw(plain.encode(), hashed.encode()):
                    return False, None
                return True, True

            print(*verify_password(sys.argv[1], sys.argv[2]))
            """
        return try run(program, password, hash).trimming { $0.isNewline }
    }

    private static func run(_ program: String, _ arguments: String...) throws -> String {
        var name = Array("/tmp/bootstrap-test-python-XXXXXX".utf8CString)
        let file = mkstemp(&name)
        let log = String(decoding: name.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        defer {
            close(file)
            unlink(log)
        }
        return try output(
            of: ["/usr/bin/python3", "-X", "utf8", "-c", program] + arguments, log: log)
    }
}

extension String {
    fileprivate func trimming(_ isUnwanted: (Character) -> Bool) -> String {
        String(drop(while: isUnwanted).reversed().drop(while: isUnwanted).reversed())
    }
}

/// Hashes of ours, read by the libraries of others.
@Suite(
    .enabled(
        if: PythonApplication.reasonMissing == nil,
        Comment(rawValue: PythonApplication.reasonMissing ?? "")))
struct PasswordVerificationTests {
    private static let passwords = [
        "changethis", "p@ss/w:rd?#1", "Zürich €uro 🔑", " blanks at both ends ", "'\"\\$`%",
        String(repeating: "long", count: 18),
    ]

    private func salt() -> [UInt8] {
        (0..<PasswordHash.saltSize).map { _ in UInt8.random(in: .min ... .max) }
    }

    @Test(arguments: passwords)
    func `argon2-cffi verifies an Argon2id hash, and finds it as it would make it`(
        _ password: String
    ) throws {
        let hash = try #require(PasswordHash.argon2id.hash(password, salt: salt()))
        #expect(hash.hasPrefix("$argon2id$v=19$m=65536,t=3,p=4$"))
        #expect(try PythonApplication.verify(password, against: hash) == "True False")
        #expect(try PythonApplication.verify(password + "x", against: hash) == "False None")
    }

    @Test(arguments: passwords)
    func `bcrypt verifies a bcrypt hash`(_ password: String) throws {
        let hash = try #require(PasswordHash.bcrypt.hash(password, salt: salt()))
        #expect(hash.hasPrefix("$2b$12$"))
        #expect(try PythonApplication.verify(password, against: hash) == "True True")
        #expect(try PythonApplication.verify("x" + password, against: hash) == "False None")
    }

    /// The demo application's folder, run to its end on each engine.
    @Test(arguments: TestDatabase.all)
    func `an application in Python logs in with the seeded account`(
        _ database: TestDatabase
    ) async throws {
        try await database.withDatabase { url in
            let password = "p@ss/w:rd?#1 für den Anfang"
            try await DemoApplicationTests.run(
                on: url, database, email: "admin@example.com", password: password)
            let connection = try database.connect(to: url)
            defer { connection.close() }
            let user = connection.dialect.quoted("user")
            let rows = try connection.run(
                """
                SELECT hashed_password FROM \(user)
                WHERE email = 'admin@example.com' AND is_active AND is_superuser
                """)
            let hash = try #require(rows.first?.first?.text)
            #expect(try PythonApplication.verify(password, against: hash) == "True False")
            #expect(try PythonApplication.verify("changethis", against: hash) == "False None")
        }
    }
}
