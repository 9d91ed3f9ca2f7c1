#if MariaDB
import Bootstrap
import BootstrapMariaDB
import FoundationEssentials
import Glibc
import Testing

@testable import BootstrapTesting

/// Three MariaDB servers that are one Galera cluster, on the loopback interface.
///
/// The second and the third begin with a copy of the first one's data, so that joining needs no
/// transfer of state.
final class GaleraCluster: Sendable {
    /// The three servers.
    let nodes: [TestServer]

    /// The provider, where Debian's package galera-4 puts it.
    static let provider = "/usr/lib/galera/libgalera_smm.so"

    /// Starts the nodes one after the other.
    init() throws {
        let ports = try (0..<9).map { _ in try Port() }
        let members = ports.prefix(3).map { "127.0.0.1:\($0.number)" }.joined(separator: ",")
        nodes = (0..<3).map { node in
            let (group, transfer, state) = (ports[node], ports[3 + node], ports[6 + node])
            let options = [
                "gmcast.listen_addr=tcp://127.0.0.1:\(group.number)",
                "ist.recv_addr=127.0.0.1:\(transfer.number)", "gcache.size=16M",
                // A killed node is given up within seconds.
                "evs.keepalive_period=PT0.3S", "evs.suspect_timeout=PT2S",
                "evs.inactive_timeout=PT4S",
            ]
            return TestServer(
                .mariaDB,
                settings: [
                    "binlog-format = ROW", "default-storage-engine = InnoDB",
                    "innodb-autoinc-lock-mode = 2", "wsrep-on = ON",
                    "wsrep-provider = \(Self.provider)", "wsrep-cluster-name = tests",
                    "wsrep-cluster-address = gcomm://\(node == 0 ? "" : members)",
                    "wsrep-node-name = node\(node)",
                    "wsrep-node-address = 127.0.0.1:\(group.number)",
                    "wsrep-sst-method = rsync",
                    "wsrep-sst-receive-address = 127.0.0.1:\(state.number)",
                    "wsrep-provider-options = \"\(options.joined(separator: ";"))\"",
                ])
        }
        self.ports = ports
        try nodes[0].start()
        try waitUntilReady(0)
        try nodes[0].stop()
        let first = try folder(of: nodes[0])
        for node in nodes.dropFirst() {
            let data = try folder(of: node) + "/data"
            try FileManager.default.removeItem(atPath: data)
            _ = try Command(
                [#require(Command.path(of: "cp")), "-a", first + "/data", data],
                droppingTo: "mysql"
            ).run(in: folder(of: node))
            for file in ["gvwstate.dat", "galera.cache", "aria_log_control.lock"] {
                unlink(data + "/" + file)
            }
        }
        for index in nodes.indices {
            try nodes[index].start()
            try waitUntilReady(index)
        }
    }

    private let ports: [Port]

    private func folder(of node: TestServer) throws -> String {
        String(try node.logFile().dropLast("/log".count))
    }

    /// A node's address, and the others' behind it where `isFirst`.
    func url(_ node: Int, database: String = "", thenOthers: Bool = false) throws -> DatabaseURL {
        var url = try nodes[node].url()
        url.path = "/" + database
        guard thenOthers else { return url }
        for (index, other) in nodes.enumerated() where index != node {
            url.hosts += try other.url().hosts
        }
        return url
    }

    /// Waits until a node is part of the cluster and answers.
    func waitUntilReady(_ node: Int) throws {
        var url = try nodes[node].administratorURL()
        url.path = "/mysql"
        let deadline = Deadline.now + .seconds(60)
        while true {
            do {
                try MariaDBDriver(url).connect(SessionSettings(), before: deadline).close()
                return
            } catch {
                guard Deadline.now < deadline else { throw error }
                pauseBriefly()
            }
        }
    }
}
#endif
