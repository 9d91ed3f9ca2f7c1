import Testing

@testable import Bootstrap

/// A configuration of variables and files in memory.
func configuration(
    flags: [String: String] = [:], sets: [String] = [], variables: [String: String] = [:],
    files: [String: String] = [:]
) throws(Failure) -> Configuration {
    let surroundings = Surroundings(variables: variables) { (path) throws(UnreadableFile) in
        guard path != "/locked" else { throw UnreadableFile(reason: "Permission denied") }
        return files[path].map { Array($0.utf8) }
    }
    return try Configuration(flags: flags, sets: sets, surroundings: surroundings)
}

@Suite struct ConfigurationTests {
    @Test func `nothing said is the documented default`() throws {
        let configuration = try configuration()
        #expect(configuration.wait == nil)
        #expect(configuration.options.wait == .seconds(300))
        #expect(configuration.options.lockWait == .seconds(600))
        #expect(configuration.options.lockTimeout == .seconds(5))
        #expect(configuration.options.history == TableName("bootstrap_history"))
        #expect(configuration.options.create == nil)
        #expect(configuration.options.seed)
        #expect(configuration.grace == .seconds(8))
        #expect(configuration.values.map(\.key) == OptionDeclaration.all.map(\.key))
        #expect(configuration.values.allSatisfy { $0.origin == Origin(.fallback) })
    }

    @Test func `the defaults of the table are those of the code`() throws {
        let flags = OptionDeclaration.all.filter { $0.key != "env_file" }
            .reduce(into: [:]) { flags, option in flags[option.key] = option.fallback }
        let said = try configuration(flags: flags)
        let silent = try configuration()
        #expect(said.options.wait == silent.options.wait)
        #expect(said.options.lockWait == silent.options.lockWait)
        #expect(said.options.lockTimeout == silent.options.lockTimeout)
        #expect(said.options.loginWait == silent.options.loginWait)
        #expect(said.options.attemptTimeout == silent.options.attemptTimeout)
        #expect(said.options.order == silent.options.order)
        #expect(said.options.ahead == silent.options.ahead)
        #expect(said.options.transaction == silent.options.transaction)
        #expect(said.options.history == silent.options.history)
        #expect(said.options.seed == silent.options.seed)
        #expect((said.grace, said.options.lease) == (silent.grace, silent.options.lease))
        #expect((said.json, said.quiet) == (silent.json, silent.quiet))
    }

    @Test func `a stronger level wins, and each value knows its origin`() throws {
        let files = [
            "bootstrap.yaml": "wait: 1s\nlock_wait: 1s\nlock_timeout: 1s\ngrace: 1s\n",
            ".env": "BOOTSTRAP_WAIT=2s\nBOOTSTRAP_LOCK_WAIT=2s\nBOOTSTRAP_LOCK_TIMEOUT=2s\n",
        ]
        let variables = ["BOOTSTRAP_WAIT": "3s", "BOOTSTRAP_LOCK_WAIT": "3s", "BOOTSTRAP_X": "?"]
        let configuration = try configuration(
            flags: ["wait": "4s"], variables: variables, files: files)
        #expect(configuration.wait == .seconds(4))
        #expect(configuration.options.lockWait == .seconds(3))
        #expect(configuration.options.lockTimeout == .seconds(2))
        #expect(configuration.grace == .seconds(1))
        let origins = ["wait", "lock_wait", "lock_timeout", "grace", "lease"].map {
            configuration.origin(of: $0).description
        }
        #expect(
            origins == [
                "--wait", "BOOTSTRAP_LOCK_WAIT in the environment", ".env:3", "bootstrap.yaml:4",
                "default",
            ])
    }

    @Test func `every option can be given as flag, variable and key`() throws {
        let values = [
            "url": "xx://db/s", "migrations": "m", "seeds": "s", "environment": "staging",
            "wait": "0", "create": "yes", "seed": "off", "to": "+2", "order": "linear",
            "ahead": "refuse", "transaction": "all", "lock": "lease", "lock_wait": "1m",
            "lock_timeout": "500ms", "statement_timeout": "1h30m", "grace": "1s",
            "history": "ops.h", "json": "true", "quiet": "1", "color": "false", "login_wait": "9s",
            "attempt_timeout": "2s", "lease": "20s", "heartbeat": "/tmp/alive", "health": "8080",
        ]
        let variables = values.reduce(into: [:]) { variables, pair in
            variables[OptionDeclaration.named(pair.key)?.variable ?? ""] = pair.value
        }
        let yaml = values.map { "\($0.key): \($0.value)\n" }.joined()
        let all = [
            try configuration(flags: values), try configuration(variables: variables),
            try configuration(files: ["bootstrap.yaml": yaml]),
            try configuration(files: [
                ".env": variables.map { "\($0.key)=\($0.value)\n" }.joined()
            ]),
        ]
        for configuration in all {
            let options = configuration.options
            #expect(try configuration.databaseURL().description == "xx://db/s")
            #expect(configuration.migrations == "m" && configuration.seeds == "s")
            #expect(options.environment == "staging")
            #expect(options.wait == .zero && configuration.wait == .zero)
            #expect(options.create == true && !options.seed && options.to == .count(2))
            #expect(options.order == .linear && options.ahead == .refuse)
            #expect(options.transaction == .all && options.lock == .lease)
            #expect(options.lockWait == .seconds(60))
            #expect(options.lockTimeout == .milliseconds(500))
            #expect(options.statementTimeout == .seconds(5400))
            #expect(options.history == TableName(schema: "ops", "h"))
            #expect(options.loginWait == .seconds(9) && options.attemptTimeout == .seconds(2))
            #expect(configuration.grace == .seconds(1))
            #expect(configuration.json && configuration.quiet && configuration.color == false)
            #expect(configuration.options.lease == .seconds(20))
            #expect(configuration.heartbeat == "/tmp/alive")
            #expect(configuration.health == HealthPort(8080))
            #expect(configuration.options.settings.environmentName == "staging")
        }
    }

    @Test func `a port is loopback's, or with a star everybody's`() throws {
        #expect(try configuration(flags: ["health": "1"]).health == HealthPort(1))
        #expect(
            try configuration(flags: ["health": "*:65535"]).health
                == HealthPort(65535, isPublic: true))
    }

    @Test func `a variable that ends in _FILE names a file with the value`() throws {
        let configuration = try configuration(
            variables: ["DATABASE_URL_FILE": "/run/url", "BOOTSTRAP_WAIT_FILE": "/run/wait"],
            files: ["/run/url": "xx://app:hunter2@db/s\n", "/run/wait": "7s\r\n"])
        #expect(configuration.wait == .seconds(7))
        #expect(try configuration.databaseURL().password?.reveal() == "hunter2")
        #expect(
            configuration.origin(of: "url").description
                == "DATABASE_URL_FILE in the environment, read from /run/url")
        #expect(configuration.values.first?.text == "xx://app@db/s")
    }

    @Test func `a stronger level's value wins over a weaker level's file, and the other way`()
        throws
    {
        let files = [".env": "BOOTSTRAP_WAIT_FILE=/run/wait", "/run/wait": "7s", "/run/two": "2s"]
        #expect(
            try configuration(variables: ["BOOTSTRAP_WAIT": "1s"], files: files).wait
                == .seconds(1))
        #expect(
            try configuration(variables: ["BOOTSTRAP_WAIT_FILE": "/run/two"], files: files).wait
                == .seconds(2))
        let yaml = ["bootstrap.yaml": "wait_file: /run/two", "/run/two": "2s\n"]
        #expect(try configuration(files: yaml).wait == .seconds(2))
    }

    @Test func `an empty variable is one that is not set`() throws {
        let files = ["bootstrap.yaml": "wait: 1s", ".env": "BOOTSTRAP_WAIT="]
        let variables = ["BOOTSTRAP_WAIT": "", "BOOTSTRAP_WAIT_FILE": ""]
        #expect(try configuration(variables: variables, files: files).wait == .seconds(1))
    }

    @Test func `NO_COLOR switches colour off unless colour was asked for`() throws {
        #expect(try configuration(variables: ["NO_COLOR": "1"]).color == false)
        #expect(try configuration(variables: ["NO_COLOR": ""]).color == nil)
        #expect(
            try configuration(flags: ["color": "true"], variables: ["NO_COLOR": "1"]).color == true)
    }

    @Test func `bootstrap.yml is read where there is no bootstrap.yaml`() throws {
        #expect(try configuration(files: ["bootstrap.yml": "wait: 1s"]).wait == .seconds(1))
        let both = ["bootstrap.yml": "wait: 1s", "bootstrap.yaml": "# nothing\n"]
        #expect(try configuration(files: both).wait == nil)
    }

    @Test func `settings come from the file, .env, the environment and --set`() throws {
        let files = [
            "bootstrap.yaml": "settings: { A: yaml, B: yaml, C: yaml, D: 'yaml ${B}', E: ~ }",
            ".env": "B=env file\nC=env file\nF_FILE=/run/f\n", "/run/f": "from a file\n",
        ]
        let configuration = try configuration(
            sets: ["A=set", "X="], variables: ["C": "environment"], files: files)
        let settings = configuration.options.settings
        #expect(settings["A"] == Setting("set", origin: "--set"))
        #expect(settings["B"] == Setting("env file", origin: ".env:1"))
        #expect(settings["C"] == Setting("environment", origin: "the environment"))
        #expect(settings["D"] == Setting("yaml env file", origin: "bootstrap.yaml:1"))
        #expect(settings["F"]?.value == "from a file")
        #expect(settings["F"]?.isSecret == true)
        #expect(settings["X"] == Setting("", origin: "--set"))
    }

    @Test func `a secret on the command line is worth a note`() throws {
        let configuration = try configuration(sets: ["API_TOKEN=hunter2", "NAME=x"])
        #expect(
            configuration.notes
                == ["--set API_TOKEN shows the secret to everyone who may list processes"])
    }
}

@Suite struct ConfiguredURLTests {
    private let yaml = """
        url: xx://${POSTGRES_USER}:${POSTGRES_PASSWORD}@${POSTGRES_SERVER}:${PORT:-5432}/${DB:-a/b}
        """

    @Test func `settings are percent-encoded as they are put into the URL`() throws {
        let password = "p@ss:w/r?d#%+&= ü${X}"
        for variables in [true, false] {
            let values = [
                "POSTGRES_USER": "a@b", "POSTGRES_PASSWORD": password,
                "POSTGRES_SERVER": "/var/run/pg",
            ]
            let env = values.map { "\($0.key)='\($0.value)'\n" }.joined()
            let configuration = try configuration(
                variables: variables ? values : [:],
                files: ["bootstrap.yaml": yaml, ".env": variables ? "" : env])
            let url = try configuration.databaseURL()
            #expect(url.user == "a@b")
            #expect(url.password?.reveal() == password)
            #expect(url.hosts == [DatabaseURL.Host("/var/run/pg", port: 5432)])
            #expect(url.databaseName == "a/b")
        }
    }

    @Test func `several hosts and whole URLs may come from settings`() throws {
        let url = try configuration(
            flags: ["url": "xx://${HOSTS}/s"], variables: ["HOSTS": "h1,h2"]
        ).databaseURL()
        #expect(url.hosts.map(\.name) == ["h1", "h2"])
        let whole = try configuration(
            flags: ["url": "${APP_URL}"], variables: ["APP_URL": "xx://a:p%40@db/s"]
        ).databaseURL()
        #expect(whole.password?.reveal() == "p@")
    }

    @Test func `the URL in .env takes its settings percent-encoded too`() throws {
        let env = "PW='p@/s'\nDATABASE_URL=\"xx://app:${PW}@db/s\"\n"
        let configuration = try configuration(files: [".env": env])
        #expect(try configuration.databaseURL().password?.reveal() == "p@/s")
    }

    @Test func `DATABASE_PASSWORD fills a URL that has a user and no password`() throws {
        let secret = ["DATABASE_PASSWORD_FILE": "/run/p"]
        let files = ["/run/p": "hunter2\n"]
        func password(_ url: String) throws -> String? {
            try configuration(flags: ["url": url], variables: secret, files: files).databaseURL()
                .password?.reveal()
        }
        #expect(try password("xx://app@db/s") == "hunter2")
        #expect(try password("xx://app:own@db/s") == "own")
        #expect(try password("xx://app:@db/s") == "")
        #expect(try password("xx://db/s") == nil)
    }

    @Test func `a URL comes straight from the environment`() throws {
        let surroundings = Surroundings(
            variables: [
                "SHOP_URL": "xx://app@${HOST:-db}/s", "SHOP_PASSWORD": "hunter2", "BAD": "shop.db",
                "MISSES": "xx://${NOWHERE}/s", "EMPTY": "",
            ])
        let url = try DatabaseURL(environment: "SHOP_URL", of: surroundings)
        #expect(url.password?.reveal() == "hunter2")
        #expect(url.description == "xx://app@db/s")
        let expected = [
            "NONE": "NONE is not set in the environment",
            "EMPTY": "EMPTY is not set in the environment",
            "MISSES": "MISSES needs the setting NOWHERE, which is not set",
            "BAD": """
            BAD has no scheme
            Next: A URL looks like scheme://user:password@host:port/database.
            """,
        ]
        for (name, message) in expected {
            let failure = #expect(throws: Failure.self) {
                try DatabaseURL(environment: name, of: surroundings)
            }
            #expect(failure?.description == message)
            #expect(failure?.status == .configuration)
        }
    }

    @Test func `a wrong URL names its origin and not itself`() throws {
        func mistake(
            flags: [String: String] = [:], variables: [String: String] = [:],
            files: [String: String] = [:]
        ) throws -> Failure? {
            let configuration = try configuration(flags: flags, variables: variables, files: files)
            return #expect(throws: Failure.self) { try configuration.databaseURL() }
        }
        let advice = "\nNext: A URL looks like scheme://user:password@host:port/database."
        let flag = try mistake(flags: ["url": "hunter2"])
        #expect(flag?.description == "--url has no scheme" + advice)
        #expect(flag?.status == .usage)
        let variable = try mistake(variables: ["DATABASE_URL": "hunter2"])
        #expect(
            variable?.description == "DATABASE_URL in the environment has no scheme" + advice)
        #expect(variable?.status == .configuration)
        let env = try mistake(files: [".env": "\nDATABASE_URL=hunter2"])
        #expect(env?.description == ".env:2:1 DATABASE_URL has no scheme" + advice)
        let yaml = try mistake(files: ["bootstrap.yaml": "url: ${X:?set it}"])
        #expect(yaml?.description == "bootstrap.yaml:1:6 url needs the setting X: set it")
        let none = try mistake()
        #expect(none?.status == .usage)
        #expect(
            none?.description == """
                no database was named
                Next: Give --url URL, or set DATABASE_URL in the environment, in .env or as \
                `url:` in bootstrap.yaml.
                """)
    }
}
