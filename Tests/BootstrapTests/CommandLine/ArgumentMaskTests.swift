import Bootstrap
import Testing

@testable import BootstrapCLI

@Suite struct ArgumentMaskTests {
    @Test(arguments: [
        ("postgres://app:secret@db/shop", "postgres://app:******@db/shop"),
        ("--url=postgres://app:secret@db/shop", "--url=postgres://app:******@db/shop"),
        ("-upostgres://app:s@db/shop", "-upostgres://app:*@db/shop"),
        ("postgres://app:p@ss/w:rd?#1@db/shop", "postgres://app:************@db/shop"),
        ("postgres://db/shop?password=secret&x=1", "postgres://db/shop?password=******&x=1"),
        ("postgres://db/shop?sslpassword=s", "postgres://db/shop?sslpassword=*"),
        ("mysql://root:grün@db", "mysql://root:*****@db"),
        ("--set=API_TOKEN=abc", "--set=API_TOKEN=***"),
    ])
    func `a password in an argument is covered, its length kept`(
        _ argument: String, _ masked: String
    ) {
        #expect(ArgumentMask.masked(argument) == masked)
    }

    @Test(arguments: [
        "sqlite:shop.db", "postgres://db/shop", "postgres://app@db:5432/shop", "--json", "up", "",
        "postgres://db/shop?application_name=x",
    ])
    func `an argument without a secret stays as it is`(_ argument: String) {
        #expect(ArgumentMask.masked(argument) == nil)
    }

    @Test func `the value after --set is covered whatever its name is`() {
        #expect(ArgumentMask.masked("NAME=value", isSetting: true) == "NAME=*****")
        #expect(ArgumentMask.masked("NAME", isSetting: true) == nil)
    }
}

@Suite struct AnnotationTests {
    @Test func `an annotation names its place and keeps the message on one line`() {
        let failure = Failure(
            .rejected, "failed", place: Place(file: "a,b:c.sql", line: 3, column: 8),
            state: "100% as it was.")
        #expect(
            "\(Annotation(failure: failure))" == """
                ::error file=a%2Cb%3Ac.sql,line=3,col=8::a,b:c.sql:3:8 failed%0A100%25 as it was.
                """)
    }

    @Test func `an annotation without a place is a message alone`() {
        #expect("\(Annotation(failure: Failure(.busy, "locked")))" == "::error::locked")
    }
}
