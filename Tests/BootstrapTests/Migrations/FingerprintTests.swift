import Testing

@testable import Bootstrap

@Suite struct FingerprintTests {
    private func print(_ text: String, _ dialect: Dialect = .testPostgres) throws -> String {
        try #require(try folder(["1_a.sql": text]).migrations[0].body(for: dialect)).fingerprint(
            dialect.lexical)
    }

    @Test(arguments: [
        ("SELECT 1;", "-- licence\n\nselect\t1"),
        ("SELECT a FROM t", "SELECT a\n  FROM t -- x\n;\n"),
        ("A (1,2)", "A ( 1 , 2 )"), ("A = -1", "A=-1"), ("A;B", "A;\n;\n/* x */ B ;"),
        ("A /* x */ B", "A B"),
        ("\\restrict a\nA;\n\\unrestrict a\n", "\\restrict b\nA;\n\\unrestrict b\n"),
        ("-- bootstrap: no-transaction\nA", "-- x\n--  bootstrap:  no-transaction\nA"),
        ("SELECT 'a'\n'b'", "SELECT 'a' -- x\n   'b'"),
        ("SELECT E'a'\n'\\';'", "SELECT E'a'   -- x\n\n  '\\';'"),
        ("SELECT U&'a'\n'b'", "SELECT U&'a'\n\t'b'"),
        ("SELECT 1", "\\echo loading\n\\set ON_ERROR_STOP on\nSELECT 1;"),
        ("SELECT 1", "SELECT 1; /*+ a banner */"),
    ])
    func `a reformatted file is the same`(_ one: String, _ other: String) throws {
        #expect(try print(one) == print(other))
        #expect(try print(one).hasPrefix("fp1:"))
    }

    @Test(arguments: [
        ("SELECT 'a'", "SELECT 'A'"), ("SELECT 'a  b'", "SELECT 'a b'"),
        ("SELECT \"a\"", "SELECT \"A\""),
        ("SELECT $$a -- x\n$$", "SELECT $$a\n$$"),
        ("/*+ SeqScan(a) */ SELECT 1", "/*+ SeqScan(b) */ SELECT 1"),
        ("SELECT 'a'\n'b'", "SELECT 'a' 'b'"), ("A", "-- bootstrap: no-transaction\nA"),
        ("-- bootstrap: only postgres\nA", "A"),
        ("COPY t FROM stdin;\n1\n\\.\n", "COPY t FROM stdin;\n2\n\\.\n"),
        ("SELECT a <@ b", "SELECT a < @b"), ("A; B", "A B"), ("SELECT 1.5", "SELECT 1 .5"),
        ("SELECT E'a'", "SELECT E 'a'"), ("SELECT E'a'\n'b'", "SELECT E'ab'"),
        ("SELECT E'a'\n'b'", "SELECT E'a' 'b'"), ("SELECT $$a$$", "SELECT $b$a$b$"),
    ])
    func `what the engine sees differently counts`(_ one: String, _ other: String) throws {
        #expect(try print(one) != print(other))
    }

    @Test func `code in comments, and comments that are kept, count where the engine reads them`()
        throws
    {
        let (maria, lite) = (Dialect.testMariaDB, Dialect.testSQLite)
        #expect(try print("/*!50000 A */", maria) != print("/*!60000 A */", maria))
        #expect(try print("SELECT a", maria) != print("SELECT A", maria))
        #expect(
            try print("CREATE TABLE t (a /* x */)", lite)
                != print("CREATE TABLE t (a /* y */)", lite))
        #expect(
            try print("-- x\nCREATE TABLE t (a)", lite) == print("-- y\nCREATE  TABLE t (a)", lite))
        #expect(try print("INSERT /* x */ INTO t", lite) == print("INSERT INTO t", lite))
        #expect(try print("CREATE TABLE t (a /* x */)") == print("CREATE TABLE t (a)"))
        let body = "CREATE PROCEDURE p() BEGIN SELECT 1; END"
        #expect(
            try print(body + ";", maria) == print("DELIMITER //\n\(body) //\nDELIMITER ;\n", maria))
        #expect(try print("SELECT 1--1", maria) == print("SELECT 1 - -1", maria))
        #expect(try print("SELECT 1--1", maria) != print("SELECT 1 -- 1", maria))
        #expect(try print("/*M!100100 A */", maria) != print("A", maria))
        #expect(
            try print("/*+ h */ CREATE VIEW v AS SELECT 1 /* x */, 2", maria)
                != print("/*+ h */ CREATE VIEW v AS SELECT 1, 2", maria))
        #expect(
            try print("ALTER TABLE t ADD COLUMN a /* x */ text", lite)
                != print("ALTER TABLE t ADD COLUMN a text", lite))
        #expect(
            try print("CREATE TRIGGER t DELETE ON u BEGIN SELECT 1; -- x\nEND", lite)
                != print("CREATE TRIGGER t DELETE ON u BEGIN SELECT 1; END", lite))
    }

    @Test func `what cannot be cut has its checksum`() throws {
        #expect(try print("SELECT 'a").hasPrefix("sha256:"))
    }

    @Test func `the algorithm stays as it is, for every history holds its results`() throws {
        let known = try print(
            "-- x\nCREATE TABLE \"user\" (id bigint);\nINSERT INTO t VALUES ('a', E'b', $$c$$, 1.5);"
        )
        #expect(known == "fp1:79dc4d68c4ccdd73c4d70d7f579a371274d98856ff3c059c8c369a188b5a4de0")
    }
}
