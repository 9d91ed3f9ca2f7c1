import ScriptCorpus
import Testing

@testable import Bootstrap

/// Bytes for a loader are what the column's own reader of texts says.
@Suite struct ColumnFitTests {
    private static let types: [(String, Column.Meaning)] = [
        ("boolean", .boolean), ("smallint", .integer), ("int(10) unsigned", .integer),
        ("bigint", .integer), ("oid", .integer), ("bigint(20) unsigned", .integer),
        ("numeric", .decimal), ("numeric(4,2)", .decimal), ("decimal(3,5)", .decimal),
        ("numeric(2)", .decimal), ("double precision", .real), ("text", .text),
        ("character varying(5)", .text), ("bytea", .bytes), ("date", .date),
        ("timestamp with time zone", .timestamp), ("uuid", .uuid), ("jsonb", .json),
        ("interval", .other),
    ]
    private static let columns = types.map { Column(name: "c", type: $0.0, meaning: $0.1) }

    private static let forms: [Dialect.SeedForms.MomentForm] = [.rfc3339, .spaced]
    private static let dialects = forms.map { form in
        var dialect = Dialect.testPlain
        dialect.seeds.moment = form
        return dialect
    }

    /// What a fit makes of a text: its bytes as text, or why there are none.
    private func fitted(_ text: String, _ fit: ColumnFit) -> Result<[UInt8], Misfit> {
        var block = RowBlock(width: 1)
        do throws(Misfit) {
            try Array(text.utf8).withUnsafeBufferPointer { (bytes) throws(Misfit) in
                try fit.append(bytes, to: &block)
            }
        } catch {
            #expect(block.count == 0)
            return .failure(error)
        }
        #expect(block.count == 1)
        return .success(block.bytes)
    }

    /// Whether bytes for a loader and a value for a parameter are the same in a column.
    private func isSame(_ bytes: [UInt8], _ value: Value) -> Bool {
        let text = String(decoding: bytes, as: UTF8.self)
        switch value {
        case .null: return false
        case .integer(let number): return text == String(number)
        case .real(let number): return Double(text) == number
        case .text(let other): return text == other
        case .bytes(let other): return bytes == other
        }
    }

    private func expectSame(_ text: String, _ column: Column, _ dialect: Dialect) -> Bool {
        let fit = fitted(text, ColumnFit(column, on: dialect))
        do throws(Misfit) {
            let value = try column.value(of: text, on: dialect)
            guard case .success(let bytes) = fit else {
                Issue.record("\(column.type) takes \(value) only as a value")
                return false
            }
            #expect(isSame(bytes, value), "\(column.type): \(text), \(value), \(bytes)")
            return true
        } catch {
            #expect(fit == .failure(error), "\(column.type): \(text)")
            return false
        }
    }

    private static func text(_ noise: inout Noise) -> String {
        let whole = [
            "", "true", "False", "t", "0", "1", "-1", "+7", "007", "-0", "32767", "32768", "-32768",
            "-32769", "4294967295", "4294967296", "9223372036854775807", "9223372036854775808",
            "-9223372036854775808", "18446744073709551615", "18446744073709551616", "12.5", ".5",
            "5.",
            ".", "-12.34", "99.994", "99.995", "99.99", "100", "1e2", "1e999", "1e-999", "0.00999",
            "0.009999", "0.01", "2026-01-31", "2024-02-29", "2023-02-29", "0000-01-01",
            "9999-12-31",
            "2026-01-31T18:20:01Z", "2026-01-31 18:20:01.5+01:00",
            "2026-01-31T18:20:01.123456-0530",
            "2026-01-31 18:20:01+00", "9999-12-31T23:59:59-01:00", "0000-01-01T00:00:00+01:00",
            "2026-01-31t18:20", "2026-01-31T24:00:00Z", "1969-12-31T23:59:59.999000Z",
            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "A0EEBC999C0B4EF8BB6D6BB9BD380A11",
            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1g", "[1, {\"a\": null}]", "{a}", "\"x\"", "éééé🐘",
            "ééééé🐘", "a longer text",
        ]
        var text = noise.one(of: whole)
        if noise.isOne(in: 3) { return text }
        var scalars = Array(text.unicodeScalars)
        let others = Array("0123456789+-.:eETtZz aé9{\"".unicodeScalars)
        for _ in 0..<noise.one(of: [1, 1, 2]) {
            let at = Int.random(in: 0...scalars.count, using: &noise)
            switch Int.random(in: 0..<4, using: &noise) {
            case 0 where at < scalars.count: scalars.remove(at: at)
            case 1 where at < scalars.count: scalars[at] = noise.one(of: others)
            case 2 where at + 1 < scalars.count: scalars.swapAt(at, at + 1)
            default: scalars.insert(noise.one(of: others), at: at)
            }
        }
        text = ""
        text.unicodeScalars.append(contentsOf: scalars)
        return text
    }

    @Test(arguments: columns)
    func `a column holds the same as bytes and as a value`(_ column: Column) {
        var noise = Noise(seed: 5)
        var fits = 0
        for _ in 0..<4_000 {
            let text = Self.text(&noise)
            for dialect in Self.dialects where expectSame(text, column, dialect) { fits += 1 }
        }
        #expect(column.meaning == .bytes ? fits == 0 : fits > 40, "\(column.type): \(fits)")
    }

    @Test(arguments: [
        (Column.Meaning.boolean, "f", "0"), (.boolean, "TRUE", "1"), (.integer, "+007", "7"),
        (.decimal, "12.10", "12.10"), (.real, "1.50", "1.50"), (.text, "", ""),
        (.timestamp, "2026-01-01T00:30:00.5+01:00", "2025-12-31T23:30:00.500Z"),
        (.uuid, "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    ])
    func `a loader is given what the engine reads`(
        _ meaning: Column.Meaning, _ text: String, _ bytes: String
    ) {
        let fit = ColumnFit(Column(name: "c", type: "x", meaning: meaning), on: Dialect.testPlain)
        #expect(fitted(text, fit) == .success(Array(bytes.utf8)))
    }

    @Test func `base 64 is bytes, where the seed says so`() {
        let column = Column(name: "c", type: "bytea", meaning: .bytes)
        let fit = ColumnFit(column, on: Dialect.testPlain, isBase64: true)
        #expect(fitted("AAEC/w==", fit) == .success([0, 1, 2, 255]))
        #expect(fitted("AA*=", fit) == .failure(Misfit(message: "is no base 64")))
        #expect(
            fitted("AAEC/w==", ColumnFit(column, on: Dialect.testPlain))
                == .failure(
                    Misfit(message: "is text, and the column holds bytes: write !base64")))
    }
}

/// A value that the column cannot hold is known before anything is written.
@Suite struct NumberLimitTests {
    @Test(arguments: [
        ("smallint", Int64(Int16.min), UInt64(Int16.max)),
        ("integer", Int64(Int32.min), UInt64(Int32.max)), ("BIGINT", .min, UInt64(Int64.max)),
        ("tinyint(4)", -128, 127), ("tinyint(3) unsigned", 0, 255),
        ("mediumint(8) unsigned zerofill", 0, 16_777_215), ("mediumint(9)", -8_388_608, 8_388_607),
        ("int(10) unsigned", 0, UInt64(UInt32.max)), ("bigint(20) unsigned", 0, .max),
    ])
    func `a whole number's limits are in its type`(
        _ type: String, _ lower: Int64, _ upper: UInt64
    ) throws {
        let limit = try #require(IntegerLimit(type, on: Dialect.testPlain))
        #expect((limit.lower, limit.upper) == (lower, upper))
        let column = Column(name: "c", type: type, meaning: .integer)
        let message = "is out of its range, \(lower) to \(upper)"
        for number in [String(lower), String(upper)] {
            _ = try column.value(of: number, on: Dialect.testPlain)
        }
        let beyond = upper == .max ? "18446744073709551616" : String(upper + 1)
        let below = lower == .min ? "-9223372036854775809" : String(lower - 1)
        for number in [beyond, below] {
            #expect(throws: Misfit(message: message)) {
                try column.value(of: number, on: Dialect.testPlain)
            }
        }
    }

    @Test func `one type for all whole numbers has one limit, and an unknown type has none`() {
        var dialect = Dialect.testPlain
        #expect(IntegerLimit("year(4)", on: dialect) == nil)
        dialect.seeds.integerBits = ["": 64]
        for type in ["INTEGER", "SMALLINT", "UNSIGNED BIG INT", ""] {
            let limit = IntegerLimit(type, on: dialect)
            #expect(limit?.lower == .min && limit?.upper == UInt64(Int64.max))
        }
    }

    @Test(arguments: [
        ("numeric(4,2)", "99.99", true), ("numeric(4,2)", "99.994999", true),
        ("numeric(4,2)", "99.995", false), ("numeric(4,2)", "-100", false),
        ("numeric(4,2)", "00099.9", true), ("numeric(4,2)", "9.9949e1", true),
        ("numeric(4,2)", "9.9995e1", false), ("numeric(4,2)", "0e999999999999999999999", true),
        ("numeric(4,2)", "1e999999999999999999999", false),
        ("numeric(4,2)", "1e-99999999999999999999", true), ("decimal(3)", "999.4", true),
        ("decimal(3,0)", "999.5", false), ("numeric(2,4)", "0.0099", true),
        ("numeric(2,4)", "0.01", false), ("numeric(2,-3)", "99499", true),
        ("numeric(2,-3)", "99500", false),
    ])
    func `a decimal number is refused where its rounded digits have no room`(
        _ type: String, _ number: String, _ fits: Bool
    ) throws {
        let column = Column(name: "c", type: type, meaning: .decimal)
        guard !fits else {
            #expect(try column.value(of: number, on: Dialect.testPlain) == .text(number))
            return
        }
        let limit = try #require(DecimalLimit(type))
        #expect(throws: Misfit(message: "is too large for \(limit)")) {
            try column.value(of: number, on: Dialect.testPlain)
        }
        #expect(limit.description.contains("digits with"))
    }

    @Test func `a decimal type without digits has no limit`() {
        for type in ["numeric", "decimal", "numeric(", "numeric()", "text", "money(3)"] {
            #expect(DecimalLimit(type) == nil)
        }
    }
}
