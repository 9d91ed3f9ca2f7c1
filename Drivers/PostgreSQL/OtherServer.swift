#if PostgreSQL
import Bootstrap
import Glibc

/// A server that speaks another protocol, where libpq would find its first byte strange.
///
/// PostgreSQL never speaks first. MariaDB and MySQL do: a packet's length in three bytes, its number,
/// which is 0, the protocol's version, which is 10, and the server's version as text.
/// <https://mariadb.com/docs/server/reference/clientserver-protocol/1-connecting/connection>
enum OtherServer {
    /// Whether what waits to be read on a socket is the greeting of MariaDB or MySQL.
    static func greets(on socket: Int32) -> Bool {
        var bytes = [UInt8](repeating: 0, count: 6)
        let flags = Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)
        let count = recv(socket, &bytes, bytes.count, flags)
        return isGreeting(bytes.prefix(max(0, count)))
    }

    /// Whether these bytes begin such a greeting.
    ///
    /// In a message of PostgreSQL's the second to fifth byte are its length: none of ten bytes goes
    /// on with a digit. In a record of TLS the third byte is not 0.
    static func isGreeting(_ bytes: some Collection<UInt8>) -> Bool {
        let bytes = Array(bytes)
        return bytes.count >= 6 && bytes[2...4] == [0, 0, 10] && (0x30...0x39).contains(bytes[5])
    }
}

extension DatabaseError {
    /// A server of another kind answers, which no waiting changes.
    static func otherServer(at place: String) -> DatabaseError {
        .missingPrerequisite(
            "a MariaDB or MySQL server answers at \(place)",
            remedy: "begin the URL with mariadb:// or mysql://, or give the port of PostgreSQL")
    }
}
#endif
