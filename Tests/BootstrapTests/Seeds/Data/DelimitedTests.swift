import Testing

@testable import Bootstrap

/// CSV and TSV, by RFC 4180.
@Suite struct DelimitedTests {
    @Test(arguments: [
        "a,b\n1,2\n3,4\n", "a,b\r\n1,2\r\n3,4\r\n", "a,b\r1,2\r3,4\r", "a,b\n1,2\r\n3,4",
        "\u{FEFF}a,b\n1,2\n3,4", "\"a\",\"b\"\n\"1\",2\n3,\"4\"", "a,b\n\n1,2\n\r\n3,4\n\n\n",
    ])
    func `records end in any line end, and the last in none`(_ text: String) {
        let read = ReadRecords(text, .csv)
        #expect(read.failure == nil)
        #expect(read.header == ["a", "b"])
        #expect(read.rows == [["1", "2"], ["3", "4"]])
    }

    @Test func `quotes hold separators, line ends and doubled quotes`() {
        let text = "a,b\n\"x,\"\"y\"\"\",\"1\n2\r\n3\r4\"\n\"\"\"\",\"\"\n"
        let read = ReadRecords(text, .csv)
        #expect(read.failure == nil)
        #expect(read.rows == [["x,\"y\"", "1\n2\r\n3\r4"], ["\"", ""]])
        #expect(read.lines == [2, 6])
    }

    @Test func `a tab separates where the name says so, and a comma does not`() {
        let read = ReadRecords("a\tb,c\n1,2\t\"x\ty\"\n", .tsv)
        #expect(read.header == ["a", "b,c"])
        #expect(read.rows == [["1,2", "x\ty"]])
    }

    @Test func `blanks and characters beyond ASCII stay`() {
        #expect(ReadRecords("é , b\n 🐘,ü \n", .csv).header == ["é ", " b"])
        #expect(ReadRecords("é , b\n 🐘,ü \n", .csv).rows == [[" 🐘", "ü "]])
    }

    @Test func `an empty line is an empty value where there is one column only`() {
        #expect(ReadRecords("a\n1\n\n2\n", .csv).rows == [["1"], [""], ["2"]])
        #expect(ReadRecords("a\n1\n\n2\n", .csv, null: "").rows == [["1"], [nil], ["2"]])
        #expect(ReadRecords("a,b\n1,2\n\n3,4\n", .csv).lines == [2, 4])
    }

    @Test func `NULL is what the seed calls so, without quotes`() throws {
        let text = "a,b,c\n,\"\",NULL\nNULL,\"NULL\",null\n"
        #expect(
            ReadRecords(text, .csv).rows == [["", "", "NULL"], ["NULL", "NULL", "null"]])
        #expect(
            ReadRecords(text, .csv, null: "").rows == [
                [nil, "", "NULL"], ["NULL", "NULL", "null"],
            ])
        #expect(
            ReadRecords(text, .csv, null: "NULL").rows == [["", "", nil], [nil, "NULL", "null"]])
    }

    @Test func `a header without records has no rows`() {
        #expect(ReadRecords("a,b", .csv) == ReadRecords("a,b\n", .csv))
        #expect(ReadRecords("a,b", .csv).rows.isEmpty)
        #expect(ReadRecords("a,b", .csv).failure == nil)
    }

    @Test(arguments: [
        ("", "1:1 is empty where a header with the names of columns belongs"),
        ("\u{FEFF}", "1:1 is empty where a header with the names of columns belongs"),
        ("\na\n", "1:1 has an empty name for column 1 in the header"),
        ("é,,b\n", "1:3 has an empty name for column 2 in the header"),
        ("a,b,\"a\"\n", "1:5 names the column \"a\" twice in the header"),
        ("a,b\n1,2,3\n", "2:5 begins field 3, and the header names 2"),
        ("a,b\n\"é\n\",2,3\n", "3:5 begins field 3, and the header names 2"),
        ("a,b\n1\n", "2:2 ends behind field 1, and the header names 2"),
        ("a,b,c\n1,2\r\n", "2:4 ends behind field 2, and the header names 3"),
        ("a,b\né\"x,2\n", "2:2 has a quote inside a field that has none around it"),
        ("a,b\n1, \"x\"\n", "2:4 has a quote inside a field that has none around it"),
        ("a,b\n\"é\"x,2\n", "2:4 has text behind the quote that closes its field"),
        ("a,b\n\"1\n2\"3,4\n", "3:3 has text behind the quote that closes its field"),
        ("a,b\n1,2\nü,\"x\n3,4\n", "3:3 opens a quote that is never closed"),
        ("a,b\n1,\"x\"\"", "2:3 opens a quote that is never closed"),
        ("a,b\rx,\0\r", "2:3 a byte 0 stands here; this is no text in UTF-8"),
    ])
    func `what is wrong is told with its place`(_ text: String, _ failure: String) {
        #expect(ReadRecords(text, .csv).failure == failure)
    }

    @Test func `bytes that are no UTF-8 are refused where they stand, behind the records before`() {
        for bad: [UInt8] in [[0xFF], [0xC3], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xC0, 0x80]] {
            let read = ReadRecords(Array("a,b\n1,2\né,".utf8) + bad + Array("\n".utf8), .csv)
            #expect(read.rows == [["1", "2"]])
            #expect(read.failure == "3:3 holds bytes that are no UTF-8")
            let last = ReadRecords(Array("a,b\n1,2\né,".utf8) + bad, .csv)
            #expect(last == read)
        }
    }

    @Test func `a quote that is not closed does not fill the memory`() {
        let text = "a,b\n1,\"" + String(repeating: "long\n", count: 1000)
        let source = DataSource(path: "x.csv", bytes: Array(text.utf8))
        let failure = #expect(throws: Failure.self) {
            let records = try DataRecords(source, .csv, pieceSize: 64, largestRecord: 1000)
            _ = try records.read()
        }
        #expect(
            failure?.description == """
                x.csv:2:3 begins a record that is too large to be read
                Next: See whether the quote that opens here is ever closed.
                """)
    }

    @Test func `every value and every column has its place`() throws {
        let source = DataSource(path: "x.csv", bytes: Array("ä,b\n\n\"1\"\"\n2\",3\n".utf8))
        let records = try DataRecords(source, .csv)
        #expect(records.header.map(\.place.description) == ["x.csv:1:1", "x.csv:1:3"])
        #expect(try records.read())
        #expect((records.number, records.line) == (1, 3))
        #expect(records.place(of: records.field(0)).description == "x.csv:3:1")
        #expect(records.place(of: records.field(1)).description == "x.csv:4:4")
        #expect(records.field(0).kind == .quotedText)
        #expect(records.field(1).kind == .text)
        #expect(try !records.read())
        #expect(try !records.read())
        #expect(records.number == 1)
    }

    @Test func `a file's format is in its name`() {
        #expect(DataFormat(path: "a.csv") == .csv)
        #expect(DataFormat(path: "x.jsonl/A.TSV.GZ") == .tsv)
        #expect(DataFormat(path: "a.jsonl.gz") == .jsonLines)
        #expect(DataFormat(path: "a.json") == nil)
        #expect(DataFormat(path: "a.gz") == nil)
    }
}
