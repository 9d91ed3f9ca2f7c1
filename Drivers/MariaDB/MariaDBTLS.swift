#if MariaDB
import Bootstrap
import Glibc

/// How a connection is encrypted, in libpq's words.
///
/// <https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION>
struct MariaDBTLS: Sendable, Equatable {
    /// What is asked of the encryption; Unix sockets need none.
    enum Mode: String, Sendable, CaseIterable {
        /// Never.
        case disable
        /// Where the server offers it: no protection against anyone who can change packets.
        case prefer
        /// Always, whoever the server is.
        case require
        /// Always, and the certificate must be signed by `rootCertificate`.
        case verifyCA = "verify-ca"
        /// Always, and the certificate must be the host's, too.
        case verifyFull = "verify-full"

        /// Whether a connection in the clear is refused.
        var isMandatory: Bool { self != .disable && self != .prefer }
    }

    /// What is asked.
    var mode: Mode
    /// The file of trusted certificates; `nil` is the system's store.
    var rootCertificate: String?
    /// Our own certificate's file, for users that REQUIRE X509.
    var certificate: String?
    /// The file of our certificate's key.
    var key: String?

    /// Reads `sslmode`, `sslrootcert`, `sslcert` and `sslkey`.
    init(_ options: [String: String]) throws(DatabaseError) {
        mode = try Self.mode(options["sslmode"])
        rootCertificate = options["sslrootcert"]
        certificate = options["sslcert"]
        key = options["sslkey"]
        if rootCertificate == "system" {
            // As in libpq: the public authorities sign for everybody, so the name must match.
            rootCertificate = nil
            mode = .verifyFull
        }
        // As in libpq: a root certificate beside `require` is there to be used.
        if mode == .require && rootCertificate != nil { mode = .verifyCA }
        // Without a root certificate, libmariadb verifies nothing but with the name.
        if mode == .verifyCA && rootCertificate == nil { mode = .verifyFull }
        if mode == .verifyCA || mode == .verifyFull { try Self.checkEnvironment() }
        for file in [rootCertificate, certificate, key] {
            guard let file, access(file, R_OK) != 0 else { continue }
            let reason = String(cString: strerror(errno))
            throw DatabaseError(.rejected, "\(file) cannot be read: \(reason)")
        }
    }

    private static func mode(_ text: String?) throws(DatabaseError) -> Mode {
        guard let text else { return .prefer }
        if let mode = Mode(rawValue: text.lowercased()) { return mode }
        // The words of MySQL's --ssl-mode.
        switch text.uppercased() {
        case "DISABLED": return .disable
        case "PREFERRED": return .prefer
        case "REQUIRED": return .require
        case "VERIFY_CA": return .verifyCA
        case "VERIFY_IDENTITY": return .verifyFull
        default:
            throw DatabaseError(
                .rejected,
                "sslmode=\(text) is none of "
                    + Mode.allCases.map(\.rawValue).joined(separator: ", "))
        }
    }

    /// libmariadb 3.4 skips every check when this variable is set, whatever its options say.
    private static func checkEnvironment() throws(DatabaseError) {
        guard getenv("MARIADB_TLS_DISABLE_PEER_VERIFICATION") == nil else {
            throw DatabaseError(
                .rejected,
                "MARIADB_TLS_DISABLE_PEER_VERIFICATION is set: the server's certificate would not "
                    + "be verified")
        }
    }
}

/// What the first packet of a server says about TLS, read before a single byte has been sent.
///
/// libmariadb, told to use TLS but not to verify a certificate, goes on in plain text when a server
/// offers no TLS, and then takes the connection for an encrypted one: it sends a caching_sha2
/// password in the clear, as it does for mysql_clear_password. The handshake therefore looks at the
/// greeting while it still lies in the kernel's buffer (recv with MSG_PEEK), so that libmariadb reads
/// exactly the bytes that were judged.
///
/// The packet: <https://mariadb.com/docs/server/reference/clientserver-protocol/1-connecting/connection>
enum MariaDBGreeting: Equatable {
    /// Too few bytes have come to tell.
    case incomplete
    /// The server turns us away (host blocked, too many connections); nothing will be sent.
    case refusal
    /// A greeting, and whether it offers TLS.
    case greeting(offersTLS: Bool)

    /// Reads the beginning of what a server has sent.
    init(_ bytes: some Collection<UInt8>) {
        let bytes = Array(bytes)
        guard bytes.count >= 5 else { self = .incomplete; return }
        let length = Int(bytes[0]) | Int(bytes[1]) << 8 | Int(bytes[2]) << 16
        let end = 4 + length
        if bytes[4] == 0xFF { self = .refusal; return }
        // The version ends with a zero; the session's number, eight bytes of the scramble and a
        // zero follow, and then the lower half of the capabilities.
        guard let zero = bytes.dropFirst(5).firstIndex(of: 0) else {
            self = bytes.count < min(end, 1024) ? .incomplete : .greeting(offersTLS: false)
            return
        }
        let flags = zero + 1 + 4 + 8 + 1
        guard flags + 2 <= end else { self = .greeting(offersTLS: false); return }
        guard flags + 2 <= bytes.count else { self = .incomplete; return }
        let capabilities = UInt16(bytes[flags]) | UInt16(bytes[flags + 1]) << 8
        self = .greeting(offersTLS: capabilities & 0x0800 != 0)  // CLIENT_SSL
    }
}
#endif
