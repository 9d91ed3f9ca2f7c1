import ScriptCorpus
import Testing

@testable import Bootstrap

/// Bytes that nobody would write: they are read or refused, the same in pieces of every size.
@Suite struct DataFuzzTests {
    private static let sizes = [1, 2, 3, 7, 64]

    private func expectSame(
        _ bytes: [UInt8], _ format: DataFormat, null: String?
    ) -> ReadRecords {
        let whole = ReadRecords(bytes, format, null: null)
        for size in Self.sizes {
            let pieces = ReadRecords(bytes, format, null: null, pieceSize: size)
            #expect(pieces == whole, "\(format), pieces of \(size): \(bytes)")
        }
        return whole
    }

    @Test(arguments: [DataFormat.csv, .tsv, .jsonLines])
    func `any bytes are read or refused, whatever the pieces are`(_ format: DataFormat) {
        var noise = Noise(seed: 11)
        var (wholes, refusals) = (0, 0)
        for _ in 0..<2_000 {
            let text =
                switch format {
                case .csv: HostileData.delimited(&noise, separator: ",")
                case .tsv: HostileData.delimited(&noise, separator: "\t")
                case .jsonLines: HostileData.jsonLines(&noise)
                }
            var bytes = Array(text.utf8)
            if !noise.isOne(in: 4) { bytes = HostileData.mutated(bytes, &noise) }
            let null = noise.one(of: [nil, "", "NULL"])
            let read = expectSame(bytes, format, null: null)
            if read.failure == nil { wholes += 1 } else { refusals += 1 }
        }
        #expect(wholes > 200 && refusals > 200, "\(wholes) read, \(refusals) refused")
    }
}
