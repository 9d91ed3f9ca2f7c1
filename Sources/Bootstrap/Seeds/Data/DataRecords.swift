import Glibc

/// How the rows of a data file are written.
enum DataFormat: Sendable, Equatable {
    /// Comma-separated values, `.csv`.
    case csv
    /// Tab-separated values, `.tsv`: CSV with another separator.
    case tsv
    /// An object of JSON on each line, `.jsonl`.
    case jsonLines

    /// The format by a file's name, with or without `.gz`; `nil` for other names.
    init?(path: String) {
        var name = path.lowercased()
        if name.hasSuffix(".gz") { name.removeLast(3) }
        switch name {
        case _ where name.hasSuffix(".csv"): self = .csv
        case _ where name.hasSuffix(".tsv"): self = .tsv
        case _ where name.hasSuffix(".jsonl"): self = .jsonLines
        default: return nil
        }
    }
}

/// The records of a data file, one after the other, in memory that does not grow with the file.
///
/// In CSV and TSV the first record is the header. A line without anything is left out, but where the
/// header has one column only: there it is an empty value. In JSON Lines the keys of the first object
/// are the header; a file without objects has no columns and no records.
///
/// What is wrong with the file is told when it is reached, as a failure with 65 and its place.
final class DataRecords {
    /// How large a record may be, so that a quote that is not closed does not fill the memory.
    static let largestRecord = 1 << 26

    /// A column that the header names, and where.
    struct Header: Equatable {
        let name: String
        let place: Place
    }

    /// The columns, in the order of the fields.
    private(set) var header: [Header] = []
    /// The number of the record that was read last, from 1; the header has none.
    private(set) var number = 0
    /// The line where it begins, from 1.
    private(set) var line = 1

    /// The file, as the user would type it.
    let path: String
    /// How many bytes are stored.
    private let size: Int
    private var scanner: Scanner
    private var window: DataWindow
    private var fields = DataFields()
    /// Where the next record begins, and so many lines on.
    private var next: (index: Int, lines: Int)

    private enum Scanner {
        case delimited(DelimitedScanner)
        case jsonLines(JSONLinesScanner)
    }

    /// Reads the header.
    ///
    /// - `null`: what is NULL in CSV and TSV when it stands without quotes.
    /// - `pieceSize`: how many bytes are read at once; a longer record makes it grow.
    init(
        _ source: DataSource, _ format: DataFormat, null: String? = nil,
        pieceSize: Int = DataSource.pieceSize, largestRecord: Int = DataRecords.largestRecord
    ) throws(Failure) {
        (path, size) = (source.path, source.size)
        let null = null.map { Array($0.utf8) }
        switch format {
        case .csv: scanner = .delimited(DelimitedScanner(separator: Byte.comma, null: null))
        case .tsv: scanner = .delimited(DelimitedScanner(separator: 0x09, null: null))
        case .jsonLines: scanner = .jsonLines(JSONLinesScanner())
        }
        let stream = try source.stream()
        window = DataWindow(stream, pieceSize: pieceSize, largestRecord: largestRecord)
        next = (window.start, 0)
        try readHeader()
    }

    /// Reads the next record; false when there is none.
    func read() throws(Failure) -> Bool {
        guard try advance() else { return false }
        number += 1
        return true
    }

    /// Which part of the stored bytes was read: 0 to 1.
    var fraction: Double { size == 0 ? 1 : Double(window.offset) / Double(size) }

    /// How many fields each record has.
    var width: Int { header.count }

    /// The record's value for a column.
    func field(_ column: Int) -> DataField { fields[column] }

    /// The bytes of a value, without quotes and escapes; they live until the next record is read.
    ///
    /// All are valid UTF-8 and none is 0. For NULL they are what the file has for it.
    func bytes(of field: DataField) -> UnsafeBufferPointer<UInt8> {
        fields.bytes(of: field, in: window.base)
    }

    /// Where a value of the record stands.
    func place(of field: DataField) -> Place { place(field.origin) }

    // MARK: Records

    private func advance() throws(Failure) -> Bool {
        window.move(to: next.index)
        line += next.lines
        next = (window.start, 0)
        while true {
            let finding: DataFinding
            do throws(DataMistake) {
                finding = try scan()
            } catch {
                throw Failure(
                    .rejected, error.message, place: place(error.offset), next: error.next)
            }
            switch finding {
            case .record(let index, let lines):
                next = (index, lines)
                return true
            case .blank(let index):
                window.move(to: index)
                line += 1
                next = (index, 0)
            case .incomplete(let quote): try readOn(quote)
            case .end: return false
            }
        }
    }

    private func scan() throws(DataMistake) -> DataFinding {
        let (start, end, isLast) = (window.start, window.end, window.isLast)
        switch scanner {
        case .delimited(let scanner):
            return try scanner.scan(
                window.base, from: start, to: end, isLast: isLast, into: &fields)
        case .jsonLines(var scanner):
            guard header.isEmpty else {
                return try scanner.scan(
                    window.base, from: start, to: end, isLast: isLast, into: &fields)
            }
            let finding = try scanner.scanKeys(
                window.base, from: start, to: end, isLast: isLast, into: &fields)
            self.scanner = .jsonLines(scanner)
            return finding
        }
    }

    private func readOn(_ quote: Int?) throws(Failure) {
        let quote = quote.map { place($0) }
        do throws(DataWindow.Trouble) {
            try window.readOn()
        } catch {
            throw failure(error, quote)
        }
        next.index = window.start
    }

    private func failure(_ trouble: DataWindow.Trouble, _ quote: Place?) -> Failure {
        switch trouble {
        case .failure(let failure): failure
        case .notUTF8(let byte): Failure(notUTF8: byte, at: place(window.end))
        case .tooLarge:
            Failure(
                .rejected, "begins a record that is too large to be read",
                place: quote ?? place(window.start),
                next: quote == nil ? nil : "See whether the quote that opens here is ever closed.")
        }
    }

    /// The place of an offset in the window, at or behind the record's beginning.
    private func place(_ offset: Int) -> Place {
        let text = window.base
        var place = Place(file: path, line: line, column: 1)
        for index in window.start..<max(window.start, offset) {
            let byte = text[index]
            let isCarriageReturn =
                byte == Byte.carriageReturn && !isJSON
                && !(index + 1 < window.end && text[index + 1] == Byte.newline)
            if byte == Byte.newline || isCarriageReturn {
                (place.line, place.column) = (place.line + 1, 1)
            } else if Byte.beginsCharacter(byte) {
                place.column += 1
            }
        }
        return place
    }

    private var isJSON: Bool {
        switch scanner {
        case .delimited: false
        case .jsonLines: true
        }
    }

    // MARK: Header

    private func readHeader() throws(Failure) {
        let isFound = try advance()
        switch scanner {
        case .delimited(var scanner):
            guard isFound else {
                throw Failure(
                    .rejected, "is empty where a header with the names of columns belongs",
                    place: place(window.start))
            }
            header = try names()
            scanner.width = header.count
            self.scanner = .delimited(scanner)
        case .jsonLines(let scanner):
            header = scanner.keys.map { Header(name: $0.name, place: place($0.origin)) }
            // The object is the first record, too.
            next = (window.start, 0)
        }
    }

    private func names() throws(Failure) -> [Header] {
        var names: Set<String> = []
        var header: [Header] = []
        for index in 0..<fields.count {
            let place = place(of: fields[index])
            let name = String(decoding: bytes(of: fields[index]), as: UTF8.self)
            guard !name.isEmpty else {
                throw Failure(
                    .rejected, "has an empty name for column \(index + 1) in the header",
                    place: place)
            }
            guard names.insert(name).inserted else {
                throw Failure(
                    .rejected, "names the column \"\(name)\" twice in the header", place: place)
            }
            header.append(Header(name: name, place: place))
        }
        return header
    }
}
