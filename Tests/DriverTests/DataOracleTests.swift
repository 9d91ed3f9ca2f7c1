import FoundationEssentials
import Glibc
import ScriptCorpus
import Testing

@testable import Bootstrap

/// One file, and what we have read of it.
private struct Reading: Encodable {
    /// What stands in a record, by the names of ``DataField/Kind``.
    struct Item: Encodable {
        let kind: String
        let text: String
    }

    let input: String
    var header: [String] = []
    var rows: [[Item]] = []
    var failure = ""

    init(_ input: String, _ format: DataFormat) {
        self.input = input
        let source = DataSource(path: "x", bytes: Array(input.utf8))
        do throws(Failure) {
            let records = try DataRecords(source, format, pieceSize: 64)
            header = records.header.map(\.name)
            while try records.read() {
                rows.append(
                    (0..<records.width).map { column in
                        let field = records.field(column)
                        let text = String(decoding: records.bytes(of: field), as: UTF8.self)
                        return Item(kind: "\(field.kind)", text: text)
                    })
            }
        } catch {
            failure = error.headline
        }
    }
}

/// Data files as Python reads them: what we take, it takes as the same values; what we refuse, we have
/// a reason for that it knows.
@Suite(.needsPython)
struct DataOracleTests {
    private func expect(
        _ readings: [Reading], toPass program: String, _ setting: String = ""
    ) throws {
        let refused = readings.count { !$0.failure.isEmpty }
        #expect(refused > 100 && readings.count - refused > 1000, "\(refused) refused")
        let answer = try PythonOracle.answer(
            to: Self.preamble + setting + program, about: readings)
        #expect(answer == "\(readings.count) agree\n", "\(answer.prefix(4_000))")
    }

    private static let preamble = """
        import base64, csv, gzip, io, json, random, sys
        folder = sys.argv[1]

        def compare(agrees):
            with open(folder + "/readings") as file:
                readings = json.load(file)
            wrong = [reading for reading in readings if not agrees(reading)]
            if wrong:
                print(len(wrong), "differ, such as", json.dumps(min(wrong, key=lambda x: len(x["input"]))))
            else:
                print(len(readings), "agree")

        """

    @Test(arguments: [DataFormat.csv, .tsv])
    func `CSV is read as Python's csv module reads it`(_ format: DataFormat) throws {
        var noise = Noise(seed: 3)
        let separator = format == .csv ? "," : "\t"
        let readings = (0..<4_000).map { _ in
            Reading(HostileData.delimited(&noise, separator: separator), format)
        }
        try expect(
            readings,
            toPass: """
                def agrees(reading):
                    text = io.StringIO(reading["input"].removeprefix("\\ufeff"), newline="")
                    rows, error = [], ""
                    try:
                        for row in csv.reader(text, delimiter=separator, strict=True):
                            rows.append(row)
                    except csv.Error as problem:
                        error = str(problem)
                    width = len(rows[0])
                    rows = [row or [""] for row in rows if row or width == 1]
                    ours = [[item["text"] for item in row] for row in reading["rows"]]
                    ours.insert(0, reading["header"])
                    count, failure = len(ours), reading["failure"]
                    if not failure:
                        return rows == ours and not error
                    if rows[:count] != ours:
                        return False
                    if "the header names" in failure:
                        return len(rows[count]) != width if count < len(rows) else error != ""
                    if failure.startswith("has text behind the quote"):
                        return count == len(rows) and "expected after" in error
                    if failure.startswith("opens a quote"):
                        return count == len(rows) and error == "unexpected end of data"
                    return failure.startswith("has a quote inside") and '"' in reading["input"]

                compare(agrees)
                """, "separator = \"\(format == .csv ? "," : "\\t")\"\n")
    }

    @Test func `JSON Lines are read as Python's json module reads each line`() throws {
        var noise = Noise(seed: 4)
        let readings = (0..<4_000).map { _ in
            Reading(HostileData.jsonLines(&noise), .jsonLines)
        }
        try expect(
            readings,
            toPass: """
                class Number(str):
                    pass

                def refuse(text):
                    raise ValueError(text)

                def isText(text):
                    return "\\0" not in text and not any(0xd800 <= ord(c) < 0xe000 for c in text)

                def same(value, item):
                    kind, text = item["kind"], item["text"]
                    if kind == "null":
                        return value is None
                    if kind == "number":
                        return isinstance(value, Number) and value == text
                    if kind == "truth":
                        return value is (text == "true")
                    if kind == "quotedText":
                        return type(value) is str and value == text
                    return isinstance(value, (list, tuple)) and value == load(text)

                def load(text):
                    return json.loads(
                        text, parse_int=Number, parse_float=Number, parse_constant=refuse,
                        object_pairs_hook=tuple)

                def agrees(reading):
                    header, rows, error = None, [], False
                    for line in reading["input"].split("\\n"):
                        if not line.strip(" \\t\\r"):
                            continue
                        try:
                            pairs = load(line)
                        except ValueError:
                            error = True
                            break
                        keys = [key for key, _ in pairs]
                        header = header or keys
                        texts = keys + [value for _, value in pairs if type(value) is str]
                        if not header or sorted(keys) != sorted(set(header)) \\
                                or not all(map(isText, texts)):
                            error = True
                            break
                        rows.append([dict(pairs)[key] for key in header])
                    ours = reading["rows"]
                    if error != (reading["failure"] != "") or len(rows) != len(ours):
                        return False
                    if ours and header != reading["header"]:
                        return False
                    return all(all(map(same, row, our)) for row, our in zip(rows, ours))

                compare(agrees)
                """)
    }

    @Test func `a compressed file is read, or refused, as Python's gzip module does`() throws {
        let oracle = try PythonOracle()
        defer { oracle.remove() }
        let program = """
            random.seed(6)
            names = []
            for number in range(300):
                text = "".join(random.choice("abc,\\n") for _ in range(random.choice([0, 9, 999, 300000])))
                data = text.encode()
                kind = number % 6
                level = random.randrange(0, 10)
                packed = gzip.compress(data, level, mtime=0)
                if kind == 1:
                    packed += b"\\0" * random.randrange(3) + gzip.compress(data[:99], level)
                if kind == 2:
                    packed = packed[:random.randrange(1, len(packed))]
                if kind == 3:
                    place = random.randrange(10, len(packed))
                    packed = packed[:place] + bytes([packed[place] ^ 1 << random.randrange(8)]) \\
                        + packed[place + 1:]
                if kind == 4:
                    packed += random.choice([b"x", b"\\0x", b"\\x1f", b"\\x1f\\x8b", b"abc" * 99])
                if kind == 5:
                    packed += b"\\0" * random.randrange(70000)
                try:
                    answer, wanted = "whole", gzip.decompress(packed)
                except Exception:
                    answer, wanted = "refused", b""
                name = "%03d.%s.gz" % (number, answer)
                with open(folder + "/" + name, "wb") as file:
                    file.write(packed)
                with open(folder + "/" + name + ".wanted", "wb") as file:
                    file.write(wanted)
                names.append(name)
            print(" ".join(names))
            """
        let names = try oracle.run(Self.preamble + program).split { $0.isWhitespace }
        #expect(names.count == 300)
        for name in names {
            let path = oracle.folder + "/" + name
            guard name.contains("whole") else {
                #expect(throws: Failure.self, "\(name)") { try content(of: path) }
                continue
            }
            let wanted = FileManager.default.contents(atPath: path + ".wanted") ?? Data()
            #expect(try content(of: path) == Array(wanted), "\(name)")
        }
        #expect(names.count { $0.contains("refused") } > 80)
    }

    private func content(of path: String) throws -> [UInt8] {
        let stream = try DataSource(file: path).stream()
        let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 1000)
        defer { buffer.deallocate() }
        var bytes: [UInt8] = []
        while true {
            let count = try stream.read(into: buffer)
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
        }
    }
}
