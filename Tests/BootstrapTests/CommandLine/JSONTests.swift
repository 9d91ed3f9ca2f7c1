import Bootstrap
import Foundation
import Testing

@testable import BootstrapCLI

@Suite struct JSONTests {
    @Test func `an event is one object with its time and its database`() {
        let reporter = JSONReporter(database: "shop", annotates: false)
        let event = Event.migrated(name: "0001_create_user", took: .microseconds(14_250))
        let line = reporter.line(event.word ?? "", event.members, at: Moment(seconds: 0))
        #expect(
            "\(line)" == """
                {"event":"migrated","time":"1970-01-01T00:00:00.000Z","database":"shop",\
                "name":"0001_create_user","ms":14.25}
                """)
    }

    @Test func `a failure has its parts, and not those that it lacks`() {
        let failure = Failure(
            .rejected, "failed", place: Place(file: "m/0007.sql", line: 3, column: 8),
            excerpt: "CREATE INDX", cause: DatabaseError(.rejected, code: "42601", "syntax error"),
            product: "PostgreSQL", next: "correct the file")
        #expect(
            "\(JSON.object(failure.members))" == """
                {"status":65,"file":"m/0007.sql","line":3,"column":8,"headline":"failed",\
                "engine":"PostgreSQL","code":"42601","message":"syntax error",\
                "next":"correct the file"}
                """)
    }

    @Test(arguments: [
        "", "plain", "\"quoted\" \\ back/slash", "tab\tnewline\nreturn\r", "\u{0}\u{1}\u{1F}\u{7F}",
        "Müller ☃ 🐘", "\u{2028}\u{2029}", "</script>",
    ])
    func `every text is read back as it was written`(_ text: String) throws {
        let json = "\(JSON.object([.init(text, .array([.string(text)]))]))"
        #expect(!json.contains("\n"))
        let object = try JSONSerialization.jsonObject(with: Data(json.utf8))
        #expect(object as? [String: [String]] == [text: [text]])
    }

    @Test(arguments: [
        (Duration.zero, "0"), (.microseconds(1), "0.001"), (.milliseconds(14), "14"),
        (.seconds(3600), "3600000"), (.microseconds(3_400_123), "3400.123"),
    ])
    func `a duration is a number of milliseconds`(_ duration: Duration, _ text: String) {
        #expect("\(JSON(milliseconds: duration))" == text)
    }

    @Test func `a number that JSON has no word for is null`() {
        #expect("\(JSON.array([.number(.infinity), .number(.nan)]))" == "[null,null]")
    }
}
