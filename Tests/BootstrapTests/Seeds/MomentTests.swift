import Testing

@testable import Bootstrap

struct MomentTests {
    @Test(arguments: [
        ("2026-01-31T18:20:01Z", "2026-01-31T18:20:01.000Z", "2026-01-31 18:20:01.000000"),
        ("2026-01-31 18:20:01", "2026-01-31T18:20:01.000Z", "2026-01-31 18:20:01.000000"),
        ("2026-01-01T00:30:00.5+01:00", "2025-12-31T23:30:00.500Z", "2025-12-31 23:30:00.500000"),
        (
            "2024-02-29t23:59:59.123456-0530", "2024-03-01T05:29:59.123456Z",
            "2024-03-01 05:29:59.123456"
        ),
        (
            "1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z",
            "1969-12-31 23:59:59.999999"
        ),
        ("0001-01-01T00:00Z", "0001-01-01T00:00:00.000Z", "0001-01-01 00:00:00.000000"),
        (
            "2000-06-01T12:00:00.1234560+02", "2000-06-01T10:00:00.123456Z",
            "2000-06-01 10:00:00.123456"
        ),
    ])
    func `a moment with zone becomes UTC in each engine's form`(
        _ text: String, _ standard: String, _ spaced: String
    ) {
        #expect(Moment(text)?.text(.rfc3339) == standard)
        #expect(Moment(text)?.text(.spaced) == spaced)
    }

    @Test(arguments: [
        "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-01", "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z", "2026-01-01T00:00:00+1", "now", "",
        "2026-01-01T00:00:00.1234567Z", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00Zx",
    ])
    func `what is no moment is refused`(_ text: String) { #expect(Moment(text) == nil) }

    @Test func `a day exists or is refused`() {
        #expect(CalendarDay("2024-02-29")?.description == "2024-02-29")
        #expect(CalendarDay("2023-02-29") == nil)
        #expect(CalendarDay("1900-02-29") == nil)
        #expect(CalendarDay("2024-2-9") == nil)
        #expect(CalendarDay(daysSince1970: 0).description == "1970-01-01")
    }
}

struct UUIDBytesTests {
    private let chance = Chance(
        bytes: { [UInt8](repeating: 0xFF, count: $0) },
        now: { Moment(seconds: 1_645_557_742, microseconds: 123_456) })

    @Test func `a UUID of version 4 is random but for its marks`() {
        #expect(UUIDBytes(.v4, chance).text == "ffffffff-ffff-4fff-bfff-ffffffffffff")
    }

    @Test func `a UUID of version 7 begins with milliseconds`() {
        // RFC 9562 A.6: 2022-02-22T19:22:22Z is 0x017F22E279B0 milliseconds; 123 more end in 7A2B.
        #expect(UUIDBytes(.v7, chance).text == "017f22e2-7a2b-7fff-bfff-ffffffffffff")
    }

    @Test func `UUIDs are read in either case and written in one`() {
        let text = "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"
        #expect(UUIDBytes(text)?.text == "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")
        #expect(UUIDBytes("a0eebc999c0b4ef8bb6d6bb9bd380a11") == UUIDBytes(text))
        #expect(UUIDBytes("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1") == nil)
        #expect(UUIDBytes("a0eebc999-c0b-4ef8-bb6d-6bb9bd380a11") == nil)
        #expect(UUIDBytes("g0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11") == nil)
    }

    @Test func `a generated password has its length and only characters that need no quotes`() {
        #expect(chance.password(length: 24) == String(repeating: "_", count: 24))
        let first = Chance(now: { Moment(seconds: 0) }).password(length: 64)
        #expect(first.count == 64)
        #expect(
            first.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) })
    }
}
