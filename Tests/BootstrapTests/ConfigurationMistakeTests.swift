import Testing

@testable import Bootstrap

/// What a wrong port is told.
private let portAdvice = "\nNext: Write 8080 for loopback alone, or *:8080 for all addresses."

@Suite struct ConfigurationMistakeTests {
    @Test(arguments: [
        (
            "wait", "5x",
            "is no duration: 5x\nNext: Write it like 500ms, 30s, 5m or 1h30m."
        ),
        ("wait", "", "is no duration\nNext: Write it like 500ms, 30s, 5m or 1h30m."),
        ("lock_wait", "30", "is no duration: 30\nNext: Write it like 500ms, 30s, 5m or 1h30m."),
        ("create", "maybe", "is neither true nor false: maybe"),
        ("order", "lineer", "is none of any, linear: lineer\nNext: Did you mean linear?"),
        ("lock", "table", "is none of session, lease, none: table"),
        (
            "format", "gose",
            "is none of \(Formats.names.joined(separator: ", ")): gose\n"
                + "Next: Did you mean goose?"
        ),
        ("health", "0", "is no port from 1 to 65535: 0" + portAdvice),
        ("health", "65536", "is no port from 1 to 65535: 65536" + portAdvice),
        ("health", "+80", "is no port from 1 to 65535: +80" + portAdvice),
        ("health", ":80", "is no port from 1 to 65535: :80" + portAdvice),
        ("health", "*:", "is no port from 1 to 65535: *:" + portAdvice),
        ("health", "*:-1", "is no port from 1 to 65535: *:-1" + portAdvice),
        ("health", "localhost:80", "is no port from 1 to 65535: localhost:80" + portAdvice),
        ("health", "", "is no port from 1 to 65535" + portAdvice),
        ("heartbeat", "", "is empty"),
        ("history", "a.b.c", "is no table's name: a.b.c\nNext: Write TABLE or SCHEMA.TABLE."),
        ("history", ".b", "is no table's name: .b\nNext: Write TABLE or SCHEMA.TABLE."),
        (
            "to", "latest",
            """
            is neither a version nor +N: latest
            Next: Write --to 7 or --to +1, for example.
            """
        ),
        ("to", "+", "is neither a version nor +N: +\nNext: Write --to 7 or --to +1, for example."),
        (
            "environment", "../x",
            "is no environment: ../x\nNext: Write one word of letters, digits, - and _."
        ),
        (
            "environment", "prod",
            "has none of the guards of production: prod\nNext: Write production, or another word."
        ),
        (
            "environment", "prodution",
            """
            has none of the guards of production: prodution
            Next: Write production, or another word.
            """
        ),
        ("migrations", "", "is empty"),
    ])
    func `a wrong flag is of status 64, with its name and what is right`(
        _ key: String, _ value: String, _ message: String
    ) {
        let failure = #expect(throws: Failure.self) { try configuration(flags: [key: value]) }
        let flag = OptionDeclaration.named(key)?.flag ?? ""
        #expect(failure?.description == "\(flag) \(message)")
        #expect(failure?.status == .usage)
    }

    @Test func `elsewhere it is of status 78, with its place`() {
        let advice = "\nNext: Write it like 500ms, 30s, 5m or 1h30m."
        let mistakes: [(variables: [String: String], files: [String: String], message: String)] = [
            (
                ["BOOTSTRAP_WAIT": "5x"], [:],
                "BOOTSTRAP_WAIT in the environment is no duration: 5x" + advice
            ),
            (
                [:], [".env": "\nBOOTSTRAP_WAIT=5x"],
                ".env:2:1 BOOTSTRAP_WAIT is no duration: 5x" + advice
            ),
            (
                [:], ["bootstrap.yaml": "json: no\nwait: 5x\n"],
                "bootstrap.yaml:2:7 wait is no duration: 5x" + advice
            ),
            (
                ["BOOTSTRAP_WAIT_FILE": "/run/w"], ["/run/w": "hunter2"],
                "BOOTSTRAP_WAIT_FILE in the environment is no duration" + advice
            ),
        ]
        for (variables, files, message) in mistakes {
            let failure = #expect(throws: Failure.self) {
                try configuration(variables: variables, files: files)
            }
            #expect(failure?.description == message)
            #expect(failure?.status == .configuration)
        }
    }

    @Test(arguments: [
        (
            "lock_wiat: 5m",
            """
            bootstrap.yaml:1:1 there is no setting called lock_wiat; did you mean lock_wait?
            Next: What seeds may name goes below `settings:`.
            """
        ),
        (
            "SUPPORT_EMAIL: x",
            """
            bootstrap.yaml:1:1 there is no setting called SUPPORT_EMAIL
            Next: What seeds may name goes below `settings:`.
            """
        ),
        (
            "wait: 1s\nenv_file: x",
            """
            bootstrap.yaml:2:1 env_file cannot be set in this file
            Next: Give it as a flag or as a variable.
            """
        ),
        (
            "- wait",
            """
            bootstrap.yaml:1:1 is a list, not a mapping of settings
            Next: Write one setting a line: wait: 5m.
            """
        ),
        ("wait: [5m]", "bootstrap.yaml:1:7 wait takes a text, not a list"),
        ("url: { a: b }", "bootstrap.yaml:1:6 url takes a text, not a mapping"),
        ("wait: !secret 5m", "bootstrap.yaml:1:7 wait takes a text, not !secret"),
        (
            "environment: ${STAGE}",
            "bootstrap.yaml:1:14 environment needs the setting STAGE, which is not set"
        ),
        (
            "settings: [A]",
            """
            bootstrap.yaml:1:11 settings takes a mapping, not a list
            Next: Write settings: { NAME: value }.
            """
        ),
        ("settings: { A: [1] }", "bootstrap.yaml:1:16 A takes a text, not a list"),
        (
            "wait: 1s\nwait: 2s",
            """
            bootstrap.yaml:2:1 gives the key wait a second time; the first is in line 1
                wait: 2s
                ^
            """
        ),
        (
            "wait: 1s\nwait_file: /run/w",
            "bootstrap.yaml:2:12 wait_file and wait are both set\nNext: Keep one of them."
        ),
    ])
    func `a mistake in bootstrap yaml is told with its place`(_ yaml: String, _ message: String) {
        let failure = #expect(throws: Failure.self) {
            try configuration(files: ["bootstrap.yaml": yaml])
        }
        #expect(failure?.description == message)
        #expect(failure?.status == .configuration)
    }

    @Test func `a file that is named and cannot be read is told`() {
        let missing = #expect(throws: Failure.self) {
            try configuration(variables: ["BOOTSTRAP_WAIT_FILE": "/none"])
        }
        #expect(
            missing?.description == """
                BOOTSTRAP_WAIT_FILE in the environment names /none, which cannot be read: \
                No such file or directory
                """)
        let locked = #expect(throws: Failure.self) {
            try configuration(variables: ["DATABASE_URL_FILE": "/locked"])
        }
        #expect(
            locked?.description == """
                DATABASE_URL_FILE in the environment names /locked, which cannot be read: \
                Permission denied
                """)
        let flag = #expect(throws: Failure.self) {
            try configuration(flags: ["env_file": "prod.env"])
        }
        #expect(
            flag?.description
                == "--env-file names prod.env, which cannot be read: No such file or directory")
        #expect(flag?.status == .usage)
    }

    @Test func `a value and its file at one level are one too many`() {
        let failure = #expect(throws: Failure.self) {
            try configuration(variables: ["DATABASE_URL": "xx:a", "DATABASE_URL_FILE": "/run/u"])
        }
        #expect(
            failure?.description == """
                DATABASE_URL_FILE in the environment and DATABASE_URL are both set
                Next: Keep one of them.
                """)
        #expect(failure?.status == .configuration)
    }

    @Test(arguments: ["NAME", "=x", "1A=x", "A B=x", "", "A}${B=x"])
    func `--set without a name or a value is refused`(_ text: String) {
        let failure = #expect(throws: Failure.self) { try configuration(sets: [text]) }
        #expect(
            failure?.description == """
                --set takes NAME=VALUE
                Next: A name has letters, digits and _, and begins with no digit.
                """)
        #expect(failure?.status == .usage)
    }
}

@Suite struct SurroundingsTests {
    @Test func `a file that is not there is nothing, and a folder is a reason`() throws {
        let surroundings = Surroundings.process
        #expect(surroundings.variables["PATH"] != nil)
        #expect(try surroundings.read("/nowhere/at/all") == nil)
        #expect(try surroundings.read("/dev/null") == [])
        #expect(throws: UnreadableFile(reason: "Is a directory")) { try surroundings.read("/tmp") }
        #expect(throws: UnreadableFile(reason: "No such file or directory")) {
            try surroundings.require("/nowhere/at/all")
        }
    }
}

@Suite struct DurationTests {
    @Test(arguments: [
        ("0", 0), ("0s", 0), ("500ms", 500), ("30s", 30_000), ("5m", 300_000),
        ("1h30m", 5_400_000), ("1h1m1s1ms", 3_661_001), ("90m", 5_400_000),
    ])
    func `a duration is read`(_ text: String, _ milliseconds: Int) {
        #expect(Duration(parsing: text) == .milliseconds(milliseconds))
    }

    @Test(arguments: [
        "", "5", "m", "-5s", "5 s", "1.5s", "5M", "5d", "1m1h", "1s1s", "s5", "5ſ", "٥s",
        "99999999999999999999s",
    ])
    func `anything else is no duration`(_ text: String) {
        #expect(Duration(parsing: text) == nil)
    }
}

@Suite struct WeakSecretTests {
    private func weak(
        _ values: [String: String], named: String = "", environment: String? = nil,
        password: String? = nil
    ) throws -> [String] {
        var settings = Settings(values.mapValues { Setting($0, origin: ".env:3") })
        settings.environmentName = environment
        let references = try Template(named).references
        let failures = settings.weakSecrets(references, password: password.map { Secret($0) })
        #expect(failures.allSatisfy { $0.status == .configuration })
        return failures.map(\.headline)
    }

    @Test func `a secret that is still changethis is refused, wherever it stands`() throws {
        let values = ["SECRET_KEY": "changethis", "NAME": "changethis", "API_TOKEN": "good"]
        for environment in [nil, "staging", "production", "anything"] {
            #expect(
                try weak(values, environment: environment)
                    == ["SECRET_KEY is still changethis (from .env:3)"])
        }
        for environment in ["development", "local", "test"] {
            #expect(try weak(values, environment: environment) == [])
        }
    }

    @Test func `a default and the URL's password count as well`() throws {
        #expect(
            try weak([:], named: "${ADMIN_PASSWORD:-changethis}")
                == ["ADMIN_PASSWORD is still changethis (from its default)"])
        #expect(
            try weak([:], password: "changethis")
                == ["the URL's password is still changethis (from the URL)"])
        #expect(try weak(["DB_PASSWORD": "good"], named: "${DB_PASSWORD:-changethis}") == [])
    }

    @Test func `an empty secret is refused where something names it`() throws {
        #expect(try weak(["GITHUB_TOKEN": ""]) == [])
        #expect(
            try weak(["ADMIN_PASSWORD": ""], named: "${ADMIN_PASSWORD}")
                == ["ADMIN_PASSWORD is empty (from .env:3)"])
        #expect(
            try weak(["ADMIN_PASSWORD": ""], named: "${ADMIN_PASSWORD:-}")
                == ["ADMIN_PASSWORD is empty (from its default)"])
        #expect(try weak(["ADMIN": ""], named: "${ADMIN} ${MISSING_PASSWORD}") == [])
    }

    @Test func `a name is secret because of where it stands`() throws {
        let settings = Settings(["ADMIN": Setting("changethis", origin: "--set")])
        let failures = settings.weakSecrets([], secrets: ["ADMIN"])
        #expect(
            failures.map(\.description) == [
                """
                ADMIN is still changethis (from --set)
                Next: Give it a value of its own; in development, local and test it may stay: \
                --environment development.
                """
            ])
    }
}
