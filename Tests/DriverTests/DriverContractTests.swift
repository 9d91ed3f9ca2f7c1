import Bootstrap
import BootstrapTesting
import Testing

/// The sentences of ``Driver``.
@Suite struct DriverContractTests {
    @Test(arguments: TestDatabase.all)
    func `a driver's schemes are in lower case, without any suffix`(_ database: TestDatabase) {
        #expect(!database.driver.schemes.isEmpty)
        for scheme in database.driver.schemes {
            #expect(scheme == scheme.lowercased())
            #expect(!scheme.contains("+"))
        }
    }

    @Test(arguments: TestDatabase.all)
    func `an option that it does not know is refused by name`(_ database: TestDatabase) throws {
        try database.withDatabase { url in
            var url = url
            url.options.append(.init("no_such_option", "1"))
            let error = #expect(throws: DatabaseError.self) { try database.driver.init(url) }
            #expect(error?.kind == .rejected)
            #expect(error?.message.contains("no_such_option") == true)
        }
    }

    @Test(arguments: TestDatabase.all)
    func `the target never shows a password`(_ database: TestDatabase) throws {
        try database.withDatabase { url in
            let target = try database.driver.init(url).target
            #expect(!target.isEmpty)
            #expect(!target.contains(TestServer.user.password.reveal()))
            #expect(!target.contains("p%40ss"))
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a database that is missing is missingDatabase`(_ database: TestDatabase) throws {
        let url = try database.server.unusedURL()
        let error = #expect(throws: DatabaseError.self) { try database.connect(to: url) }
        #expect(error?.kind == .missingDatabase)
    }

    @Test(arguments: TestDatabase.servers)
    func `a wrong password is denied`(_ database: TestDatabase) throws {
        try database.withDatabase { url in
            var url = url
            url.password = Secret("wrong")
            let error = #expect(throws: DatabaseError.self) { try database.connect(to: url) }
            #expect(error?.kind == .denied)
            #expect(error?.message.contains("wrong") == false)
        }
    }

    @Test(arguments: TestDatabase.servers)
    func `a port that refuses is unavailable`(_ database: TestDatabase) throws {
        let server = FakeServer(.refuses)
        var url = try database.server.unusedURL()
        url.hosts = [.init("127.0.0.1", port: server.port)]
        let error = #expect(throws: DatabaseError.self) { try database.connect(to: url) }
        #expect(error?.kind == .unavailable)
    }

    @Test(.timeLimit(.minutes(1)), arguments: TestDatabase.servers)
    func `connect throws at its deadline when the port is silent`(
        _ database: TestDatabase
    ) throws {
        let server = FakeServer(.silent)
        var url = try database.server.unusedURL()
        url.hosts = [.init("127.0.0.1", port: server.port)]
        let driver = try database.driver.init(url)
        let error = #expect(throws: DatabaseError.self) {
            try driver.connect(SessionSettings(), before: .now + .milliseconds(200))
        }
        #expect(error == DatabaseError(.unavailable, "no answer from \(server.place)"))
    }

    @Test(.timeLimit(.minutes(1)), arguments: TestDatabase.servers, Opening.allCases)
    func `a silent port is told of after a second, and left when the run is stopped`(
        _ database: TestDatabase, _ opening: Opening
    ) throws {
        let server = FakeServer(.silent)
        var url = try database.server.unusedURL()
        url.hosts = [.init("127.0.0.1", port: server.port)]
        let driver = try database.driver.init(url)
        expectStop(onceTold: "no answer from \(server.place)") { session, deadline in
            try opening.attempt(driver, session, before: deadline)
        }
    }

    /// What opens a session.
    enum Opening: CaseIterable {
        case connect, create, drop

        func attempt(
            _ driver: any Driver, _ session: SessionSettings, before deadline: Deadline
        ) throws {
            switch self {
            case .connect: try driver.connect(session, before: deadline).close()
            case .create: _ = try driver.create(session, before: deadline)
            case .drop: _ = try driver.drop(session, before: deadline)
            }
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: TestDatabase.servers)
    func `a name that has no address is unavailable, in the same words`(
        _ database: TestDatabase
    ) throws {
        var url = try database.server.unusedURL()
        url.hosts = [.init("no-such-host.invalid", port: 1)]
        let error = #expect(throws: DatabaseError.self) { try database.connect(to: url) }
        #expect(error?.kind == .unavailable)
        #expect(error?.code == nil)
        #expect(error?.message.hasPrefix("cannot find the host no-such-host.invalid: ") == true)
    }

    @Test(.timeLimit(.minutes(1)), arguments: TestDatabase.servers)
    func `another kind of server is told by name, and not waited for`(
        _ database: TestDatabase
    ) throws {
        for other in TestDatabase.servers where other.description != database.description {
            var url = try database.server.unusedURL()
            let place = try #require(try other.server.unusedURL().hosts.first)
            url.hosts = [place]
            for mode in ["prefer", "disable"] {
                url.options = [.init("sslmode", mode)]
                let driver = try database.driver.init(url)
                let error = #expect(throws: DatabaseError.self) {
                    try driver.connect(SessionSettings(), before: .now + .seconds(2))
                }
                #expect(error?.kind == .rejected)
                #expect(
                    error?.message.hasSuffix(" server answers at \(place.name):\(place.port ?? 0)")
                        == true)
                #expect(error?.message.contains(other.description) == true)
                #expect(error?.remedy?.contains(other.driver.schemes[0] + "://") == true)
            }
        }
    }

    @Test(arguments: TestDatabase.all)
    func `create and drop answer true once, and then false`(_ database: TestDatabase) throws {
        let driver = try database.driver.init(try database.server.unusedURL())
        let (session, deadline) = (SessionSettings(), Deadline.now + .seconds(30))
        #expect(try driver.drop(session, before: deadline) == false)
        #expect(try driver.create(session, before: deadline))
        #expect(try driver.create(session, before: deadline) == false)
        let connection = try driver.connect(session, before: deadline)
        try connection.run("CREATE TABLE t (x integer)")
        connection.close()
        #expect(try driver.drop(session, before: deadline))
        #expect(try driver.drop(session, before: deadline) == false)
        let error = #expect(throws: DatabaseError.self) {
            try driver.connect(session, before: deadline)
        }
        #expect(error?.kind == .missingDatabase)
    }

    @Test(arguments: TestDatabase.servers)
    func `the server's own databases are not dropped`(_ database: TestDatabase) throws {
        var url = try database.server.unusedURL()
        let isPostgreSQL = database.server.product == .postgreSQL
        for name in isPostgreSQL ? ["postgres", "template1"] : ["mysql", "sys"] {
            url.path = "/" + name
            let driver = try database.driver.init(url)
            let error = #expect(throws: DatabaseError.self) {
                try driver.drop(SessionSettings(), before: .now + .seconds(30))
            }
            #expect(error?.kind == .rejected)
            #expect(error?.message == "\(name) is one of the server's own databases")
            #expect(error?.remedy?.hasPrefix("use a database of your own") == true)
        }
    }

    @Test(arguments: TestDatabase.all)
    func `of many who create at once exactly one did`(_ database: TestDatabase) async throws {
        let driver = try database.driver.init(try database.server.unusedURL())
        let answers = await onThreads(8) { _ in
            Result { try driver.create(SessionSettings(), before: .now + .seconds(60)) }
        }
        let created = try answers.map { try $0.get() }
        #expect(created.count { $0 } == 1)
        #expect(try driver.drop(SessionSettings(), before: .now + .seconds(30)))
    }
}

/// The sentences of ``SessionSettings``.
@Suite struct SessionContractTests {
    @Test(.timeLimit(.minutes(1)), arguments: TestDatabase.all)
    func `a statement that waits for a lock too long is busy`(_ database: TestDatabase) throws {
        // MariaDB counts in whole seconds.
        try database.withTwoConnections(SessionSettings(lockTimeout: .seconds(1))) { one, other in
            try one.run("CREATE TABLE t (x integer)")
            try one.run("INSERT INTO t VALUES (1)")
            try one.run(database.dialect.begin)
            try one.run("UPDATE t SET x = 2")
            let error = #expect(throws: DatabaseError.self) {
                try other.run("UPDATE t SET x = 3")
            }
            #expect(error?.kind == .busy)
            try one.run("COMMIT")
            try other.run("UPDATE t SET x = 3")
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: TestDatabase.all)
    func `a statement that runs too long is interrupted`(_ database: TestDatabase) throws {
        try database.withDatabase { url in
            let settings = SessionSettings(statementTimeout: .seconds(1))
            let connection = try database.connect(to: url, settings)
            defer { connection.close() }
            let error = #expect(throws: DatabaseError.self) {
                try connection.run(TestDatabase.endless)
            }
            #expect(error?.kind == .interrupted)
            #expect(try connection.run("SELECT 1") == [[1]])
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: TestDatabase.all)
    func `an interrupter stops the running statement from another thread`(
        _ database: TestDatabase
    ) throws {
        try database.withConnection { connection in
            let (interrupter, isStopped, hasEnded) = (connection.interrupter, Flag(), Flag())
            Lane.start {
                // Before the statement runs an interrupt does nothing, so it is said again.
                while !isStopped.isRaised {
                    interrupter.interrupt()
                    pauseBriefly()
                }
                hasEnded.raise()
            }
            let error = #expect(throws: DatabaseError.self) {
                try connection.run(TestDatabase.endless)
            }
            isStopped.raise()
            while !hasEnded.isRaised { pauseBriefly() }
            #expect(error?.kind == .interrupted)
        }
    }

    @Test(arguments: TestDatabase.all)
    func `interrupting a connection that is idle or closed does nothing`(
        _ database: TestDatabase
    ) throws {
        try database.withConnection { connection in
            let interrupter = connection.interrupter
            interrupter.interrupt()
            let rows = try connection.run("SELECT 1")
            #expect(rows == [[1]])
            connection.close()
            interrupter.interrupt()
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a second close does nothing`(_ database: TestDatabase) throws {
        try database.withDatabase { url in
            let connection = try database.connect(to: url)
            connection.close()
            connection.close()
            #expect(!connection.isInTransaction)
        }
    }

    @Test(arguments: TestDatabase.all)
    func `the server names its product and version, and tells databases apart`(
        _ database: TestDatabase
    ) throws {
        try database.withTwoConnections { one, other in
            let version = try #require(one.server.version.split(separator: ".").first)
            #expect(Int(version) != nil)
            #expect(!one.server.product.isEmpty)
            #expect(!one.server.isReadOnly)
            #expect(one.server == other.server)
            let another = try database.withConnection { $0.server.identity }
            #expect(one.server.identity != another)
        }
    }
}
