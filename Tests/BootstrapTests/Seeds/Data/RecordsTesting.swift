import Testing

@testable import Bootstrap

/// All that a reader says of a file, as values that tests compare.
struct ReadRecords: Equatable {
    var header: [String] = []
    var rows: [[String?]] = []
    var lines: [Int] = []
    /// `line:column headline` of the failure that ended it.
    var failure: String?

    /// Reads to the end, or to the first failure.
    init(
        _ source: DataSource, _ format: DataFormat, null: String? = nil,
        pieceSize: Int = DataSource.pieceSize
    ) {
        do throws(Failure) {
            let records = try DataRecords(source, format, null: null, pieceSize: pieceSize)
            header = records.header.map(\.name)
            while try records.read() {
                rows.append(Self.row(records))
                lines.append(records.line)
            }
        } catch {
            #expect(error.status == .rejected)
            failure = Self.words(error)
        }
    }

    /// The same of bytes in memory.
    init(
        _ bytes: [UInt8], _ format: DataFormat, null: String? = nil,
        pieceSize: Int = DataSource.pieceSize
    ) {
        self.init(
            DataSource(path: "x", bytes: bytes), format, null: null, pieceSize: pieceSize)
    }

    /// The same of a text.
    init(_ text: String, _ format: DataFormat, null: String? = nil) {
        self.init(Array(text.utf8), format, null: null)
    }

    static func row(_ records: DataRecords) -> [String?] {
        (0..<records.width).map { column in
            let field = records.field(column)
            guard field.kind != .null else { return nil }
            return String(decoding: records.bytes(of: field), as: UTF8.self)
        }
    }

    private static func words(_ failure: Failure) -> String {
        guard let place = failure.place else { return failure.headline }
        return "\(place.line):\(place.column) \(failure.headline)"
    }
}
