#if MariaDB
import Bootstrap
import BootstrapTesting
import Testing

@testable import BootstrapMariaDB

/// What a migration leaves in its session, and the server keeps as long as the locks.
@Suite struct MariaDBLeftoversTests {
    @Test(
        arguments: [
            ("CREATE TEMPORARY TABLE t (x int)", ["DROP TEMPORARY TABLE IF EXISTS `t`"]),
            (
                "/* new */ create or replace temporary table if not exists d.`a``b` (x int)",
                ["DROP TEMPORARY TABLE IF EXISTS `d`.`a``b`"]
            ),
            ("CREATE OR REPLACE TABLE t (x int)", []), ("CREATE TABLE temporary_t (x int)", []),
            ("SET @a = 1, @`b c` := 2", ["SET @`a` = NULL", "SET @`b c` = NULL"]),
            ("SELECT 1 INTO @a", ["SET @`a` = NULL"]),
            ("SET @@session.sql_mode = '', @@sql_log_bin = 1", []),
            ("INSERT INTO t VALUES ('somebody@example.com') -- @a", []),
        ])
    func `temporary tables and variables are found in statements`(
        _ sql: String, _ removal: [String]
    ) {
        var leftovers = MariaDBLeftovers()
        leftovers.add(sql, .mariaDB)
        #expect(leftovers.removal == removal)
    }

    @Test(.enabled(if: TestServer.mariaDB.reasonMissing == nil))
    func `a reset takes them away, and keeps the lock`() throws {
        try MariaDBConnectionTests.withConnection { connection, _ in
            #expect(try connection.tryLock("ours"))
            try connection.runAll(
                ["CREATE TEMPORARY TABLE t (x int)", "SET @a = 1", "SELECT 2 INTO @b"]
                    .map { Statement($0) })
            #expect(try connection.run("SELECT @a, @b") == [[1, 2]])
            try connection.resetSession()
            #expect(try connection.run("SELECT @a, @b") == [[.null, .null]])
            #expect((try? connection.run("SELECT * FROM t")) == nil)
            let condition = try #require(connection.lockCondition("ours"))
            #expect(try connection.run("SELECT (\(condition))") == [[1]])
        }
    }
}
#endif
