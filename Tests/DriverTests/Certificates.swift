import Bootstrap
import FoundationEssentials
import Glibc

@testable import BootstrapTesting

/// Two certificate authorities and what they have signed, thrown away with this process.
///
/// The server's certificate is for the name `localhost` and for no address, so that 127.0.0.1 is
/// the wrong name of the same server.
struct Certificates {
    /// The folder, which the servers' users may enter.
    let folder: String

    /// Made once for all tests; openssl needs a moment for each key.
    static let shared = Result { () throws -> Certificates in try Certificates() }

    /// The authority that has signed the server's certificate and the client's.
    var authority: String { folder + "/authority.crt" }
    /// An authority that has signed nothing here.
    var stranger: String { folder + "/stranger.crt" }
    /// The certificate of `localhost`.
    var server: String { folder + "/server.crt" }
    /// The certificate of the user ``clientName``, and its key.
    var client: (certificate: String, key: String) {
        (folder + "/client.crt", folder + "/client.key")
    }
    /// Whom the client's certificate is for.
    static let clientName = "certified"

    /// The key of the server's certificate, in a copy that belongs to the server's user alone.
    func serverKey(for product: TestServer.Product) -> String {
        "\(folder)/server-\(Self.user(of: product)).key"
    }

    private static func user(of product: TestServer.Product) -> String {
        product == .mariaDB ? MariaDBPrograms.user : PostgreSQLPrograms.user
    }

    private static let script = """
        set -e; cd "$1"
        new() { openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "$@"; }
        for name in authority stranger; do
            new -x509 -keyout $name.key -out $name.crt -subj "/CN=$name of a test"
        done
        printf 'subjectAltName=DNS:localhost\\n' >server.ext
        printf 'extendedKeyUsage=clientAuth\\n' >client.ext
        for name in server client; do
            case $name in server) subject=localhost ;; *) subject=$2 ;; esac
            new -keyout $name.key -out $name.csr -subj "/CN=$subject"
            openssl x509 -req -days 2 -in $name.csr -out $name.crt -extfile $name.ext \\
                -CA authority.crt -CAkey authority.key -CAcreateserial
        done
        chmod 755 .; chmod 644 *.crt; chmod 600 *.key
        shift 2
        for user in "$@"; do
            cp server.key server-$user.key; chmod 600 server-$user.key
            [ "$(id -u)" != 0 ] || ! id "$user" >/dev/null || chown "$user" server-$user.key
        done
        """

    private init() throws {
        folder = try TemporaryFolder.makeForThisProcess()
        let users = [TestServer.Product.postgreSQL, .mariaDB].map(Self.user(of:))
        _ = try output(
            of: ["/bin/sh", "-c", Self.script, "sh", folder, Self.clientName] + users,
            log: folder + "/log")
    }
}

extension DatabaseURL {
    /// The same address at another host's name, with these options.
    func at(_ host: String, _ options: [String: String] = [:]) -> DatabaseURL {
        var url = self
        url.hosts = [.init(host, port: hosts.first?.port)]
        url.options = options.sorted { $0.key < $1.key }.map { Option($0.key, $0.value) }
        return url
    }

    /// The same server's other database.
    func path(_ path: String) -> DatabaseURL {
        var url = self
        url.path = path
        return url
    }
}

/// This machine's own addresses.
enum Loopback {
    /// Whether it has `::1`, which containers often lack.
    static let hasIPv6: Bool = {
        let descriptor = socket(AF_INET6, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_addr = in6addr_loopback
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in6>.size)) == 0
            }
        }
    }()
}

/// Runs a program to its end, and returns what it wrote; throws that when it fails.
func output(of words: [String], log: String) throws -> String {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(
        &actions, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
    let process = try spawn(words, &actions)
    var status: Int32 = 0
    while waitpid(process, &status, 0) == -1 && errno == EINTR {}
    let output = String(
        decoding: FileManager.default.contents(atPath: log) ?? Data(), as: UTF8.self)
    guard status == 0 else { throw TestServerError("\(words[0]) failed: \(output)") }
    return output
}
