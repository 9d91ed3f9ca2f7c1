/// Is told how far a data file was read, some times a second.
package typealias SeedProgress = (Event.Load) -> Void

/// Turns a data file's records into the rows that a bulk loader takes, block by block.
final class RecordFiller {
    /// Where a column's value comes from.
    enum Source {
        /// The row's number, from 1.
        case number
        /// A field of the record.
        case field(Int, ColumnFit, Place)
        /// The same bytes in each row, or NULL.
        case constant([UInt8]?)
        /// A new UUID.
        case uuid(UUIDBytes.Version, asBytes: Bool, Chance)
        /// One more in each row than in the row before; this in the first.
        case sequence(Int64)
    }

    /// Which column a field is for.
    enum Place {
        /// One of the key's.
        case key
        /// Another of the table's.
        case column
        /// None of the table's: it finds a row of another one.
        case condition
    }

    /// How many bytes of rows travel at once.
    static let blockSize = 1 << 18

    private let records: DataRecords
    private let sources: [Source]
    /// How many rows there were so far.
    private var count = 0

    init(_ records: DataRecords, _ sources: [Source]) {
        (self.records, self.sources) = (records, sources)
    }

    /// Fills the block with the next rows; with none when there are no more.
    func fill(_ block: inout RowBlock) throws(Failure) {
        while block.bytes.count < Self.blockSize {
            guard try records.read() else { return }
            try append(to: &block)
            count += 1
        }
    }

    /// How far the file was read.
    var load: Event.Load { Event.Load(records.path, rows: count, fraction: records.fraction) }

    private func append(to block: inout RowBlock) throws(Failure) {
        for source in sources {
            switch source {
            case .number: block.append(count + 1)
            case .field(let index, let fit, let place):
                try append(records.field(index), fit, for: place, to: &block)
            case .constant(let bytes?): block.append(bytes)
            case .constant(nil): block.appendNull()
            case .uuid(let version, let isBytes, let chance):
                let uuid = UUIDBytes(version, chance)
                if isBytes { block.append(uuid.bytes) } else { block.append(uuid.text.utf8) }
            case .sequence(let start): block.append(try next(of: start))
            }
        }
    }

    private func append(
        _ field: DataField, _ fit: ColumnFit, for place: Place, to block: inout RowBlock
    ) throws(Failure) {
        guard field.kind != .null else {
            try checkNull(fit.column, place, field)
            return block.appendNull()
        }
        let text = records.bytes(of: field)
        do throws(Misfit) { try fit.append(text, to: &block) } catch {
            throw misfit(error, text, fit.column, at: records.place(of: field))
        }
    }

    private func checkNull(
        _ column: Column, _ place: Place, _ field: DataField
    ) throws(Failure) {
        switch place {
        case .key:
            throw Failure(
                .rejected, "is NULL in the key column \(column.name)",
                place: records.place(of: field),
                next: "NULL equals nothing, so the row would be planted again each time; "
                    + "choose a key that has a value in every row.")
        case .column where !column.isNullable && !column.hasDefault:
            throw Failure(
                .rejected,
                "does not fit the column \(column.name), which is \(column.type) and takes no NULL",
                place: records.place(of: field))
        case .column, .condition: break
        }
    }

    /// How much of a value is shown that does not fit, in characters.
    private static let shown = 100

    private func misfit(
        _ misfit: Misfit, _ bytes: UnsafeBufferPointer<UInt8>, _ column: Column,
        at place: Bootstrap.Place
    ) -> Failure {
        let text = String(decoding: bytes, as: UTF8.self)
        let isLong = text.count > Self.shown
        let words = isLong ? "\"\(text.prefix(Self.shown))…\"" : "\"\(text)\""
        return Failure(
            .rejected,
            "does not fit the column \(column.name), which is \(column.type): "
                + "\(words) \(misfit.message)", place: place,
            next: text.isEmpty
                ? "Write `null: \"\"` below the table's `file:` if empty fields mean NULL." : nil)
    }

    private func next(of start: Int64) throws(Failure) -> Int64 {
        let (value, isTooLarge) = start.addingReportingOverflow(Int64(count))
        guard !isTooLarge else {
            throw Failure(
                .rejected, "counts !sequence beyond 64 bits",
                place: records.place(of: records.field(0)))
        }
        return value
    }
}

extension RowBlock {
    /// Adds a number's digits.
    fileprivate mutating func append(_ number: some BinaryInteger) {
        append(String(number).utf8)
    }
}

extension Value {
    /// The bytes that a bulk loader takes; `nil` for NULL.
    var loaded: [UInt8]? {
        switch self {
        case .null: nil
        case .integer(let number): Array(String(number).utf8)
        case .real(let number): Array(String(number).utf8)
        case .text(let text): Array(text.utf8)
        case .bytes(let bytes): bytes
        }
    }
}
