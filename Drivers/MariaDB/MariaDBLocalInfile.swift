#if MariaDB
import CBootstrapMariaDB
import Glibc

/// What a session answers when the server asks for a file of this machine: LOAD DATA LOCAL INFILE.
///
/// A server can ask for any file, in answer to any statement, so that the default is to refuse:
/// <https://dev.mysql.com/doc/refman/9.0/en/load-data-local-security.html>.
enum MariaDBLocalInfile {
    /// Nothing.
    case refused
    /// The file, as the URL allows it.
    case files
    /// These bytes, whatever it asks for; they are in memory until the answer changes.
    case memory(UnsafeMutablePointer<MariaDBSource>)
}

/// Bytes of which the first have been read.
struct MariaDBSource {
    var rest: UnsafeRawBufferPointer
}

extension MariaDBHandle {
    /// Sets the answer from now on.
    ///
    /// <https://mariadb.com/docs/connectors/mariadb-connector-c/api-functions/mysql_set_local_infile_handler>
    func setLocalInfile(_ answer: MariaDBLocalInfile) {
        guard let mysql else { return }
        var isAllowed: UInt32 = 1
        switch answer {
        case .refused:
            isAllowed = 0
            client.mysql_set_local_infile_handler(
                mysql, { _, _, _ in 1 }, { _, _, _ in -1 }, { _ in }, MariaDBHandle.refuse, nil)
        case .files:
            client.mysql_set_local_infile_default(mysql)
        case .memory(let source):
            client.mysql_set_local_infile_handler(
                mysql,
                { cursor, _, source in
                    cursor?.pointee = source
                    return 0
                },
                MariaDBHandle.read, { _ in }, MariaDBHandle.refuse, source)
        }
        // Asked when the server asks, not before.
        _ = client.mysql_options(mysql, MYSQL_OPT_LOCAL_INFILE, &isAllowed)
    }

    /// Copies what comes next; 0 is the end.
    private static let read:
        @convention(c) (UnsafeMutableRawPointer?, UnsafeMutablePointer<CChar>?, UInt32) -> Int32 = {
            source, buffer, size in
            guard let source = source?.assumingMemoryBound(to: MariaDBSource.self), let buffer,
                let start = source.pointee.rest.baseAddress
            else { return 0 }
            let count = min(source.pointee.rest.count, Int(size))
            memcpy(buffer, start, count)
            source.pointee.rest = UnsafeRawBufferPointer(rebasing: source.pointee.rest[count...])
            return Int32(count)
        }

    /// What libmariadb reports: CR_LOAD_DATA_LOCAL_INFILE_REJECTED.
    private static let refuse:
        @convention(c) (UnsafeMutableRawPointer?, UnsafeMutablePointer<CChar>?, UInt32) -> Int32 = {
            _, buffer, size in
            guard let buffer, size > 0 else { return 2068 }
            buffer[Int(size) - 1] = 0
            strncpy(buffer, "no file of this machine is given to the server", Int(size) - 1)
            return 2068
        }
}
#endif
