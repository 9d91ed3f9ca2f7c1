#if SQLite
import Bootstrap
import CBootstrapSQLite
import FoundationEssentials
import Glibc

/// One lock for a database file, whatever its name: `flock` on a file beside it.
///
/// The lock keeps processes orderly; that each migration runs once is SQLite's own doing, for every
/// one reads the history again inside BEGIN IMMEDIATE. It is a file of its own because closing a
/// descriptor of the database would drop SQLite's locks; it is found through the real path, so that
/// links lead to the same one; and it is never taken away, since a lock on a file without a name
/// excludes nobody. The system gives it back when the process ends.
final class SQLiteLock {
    /// What a person should know about it.
    private(set) var notes: [String] = []
    /// Whether the file lies on a file system that several machines may share.
    private(set) var isOnNetwork = false
    private let path: String?
    private var descriptor: Int32?
    /// Who we are, and since when, in lines.
    private var owner = ""

    init(_ location: SQLiteLocation) {
        guard let file = location.path, let real = realpath(file, nil) else {
            path = nil
            notes = ["the database is in memory: nothing of it outlives this process"]
            return
        }
        defer { free(real) }
        let realPath = String(cString: real)
        path = realPath + "-bootstrap.lock"
        isOnNetwork = SQLiteLock.isOnNetwork(realPath)
        if isOnNetwork {
            notes.append(
                "\(realPath) is on a shared file system: processes on other machines are not kept "
                    + "waiting, and only SQLite's own locks stand between them")
        } else if SQLiteLock.isMountedAlone(realPath) {
            notes.append(
                "\(realPath) is mounted without its folder: processes in other containers are not "
                    + "kept waiting; mount the folder, which holds the journal and the lock too")
        }
        if access(realPath + "-bootstrap.lock", F_OK) != 0, access(folder(realPath), W_OK) != 0 {
            notes.append(
                "\(folder(realPath)) takes no new files: there is no lock beside the database, and "
                    + "processes that start at once may do work twice, of which one is kept")
        }
    }

    private func folder(_ path: String) -> String {
        let folder = path[..<(path.lastIndex(of: "/") ?? path.startIndex)]
        return folder.isEmpty ? "/" : String(folder)
    }

    /// Takes the lock; true also where there can be none.
    func take() -> Bool {
        guard let path, descriptor == nil else { return true }
        for _ in 0..<10 {
            guard let file = SQLiteLock.open(path) else { return true }
            guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
                let isHeld = errno == EWOULDBLOCK
                close(file)
                return !isHeld
            }
            // Somebody may have taken the file away between its opening and its locking.
            if SQLiteLock.isSame(file, path) {
                descriptor = file
                owner = SQLiteLock.owner()
                write(doing: "")
                return true
            }
            close(file)
        }
        return false
    }

    /// Gives the lock back.
    func release() {
        guard let descriptor else { return }
        self.descriptor = nil
        ftruncate(descriptor, 0)
        close(descriptor)
    }

    /// Writes who we are, and what we do, for those who wait.
    func write(doing: String) {
        guard let descriptor else { return }
        let text = Array((owner + "\n" + doing.filter { !$0.isNewline }).utf8)
        // Shorter than a page, so a reader sees the old text or the new one, cut at worst.
        pwrite(descriptor, text, text.count, 0)
        ftruncate(descriptor, off_t(text.count))
    }

    /// Who holds the lock now, as the holder wrote it; `nil` when nobody does.
    func holder() -> LockHolder? {
        guard let path else { return nil }
        let file = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        // A lock that can be shared for this moment is nobody's; ours is on another descriptor.
        if flock(file, LOCK_SH | LOCK_NB) == 0 { return nil }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = pread(file, &bytes, bytes.count, 0)
        let lines = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        func line(_ index: Int) -> String? {
            lines.indices.contains(index) && !lines[index].isEmpty ? lines[index] : nil
        }
        return LockHolder(
            who: line(0) ?? "another process", session: line(1).map { "pid \($0)" },
            since: line(2), doing: line(3))
    }
}

// MARK: - Files

extension SQLiteLock {
    /// Opens the lock's file, for whoever may write it or at least read it.
    private static func open(_ path: String) -> Int32? {
        let flags = O_CLOEXEC | O_NOFOLLOW
        for file in [
            Glibc.open(path, O_RDWR | O_CREAT | flags, 0o666), Glibc.open(path, O_RDONLY | flags),
        ] where file >= 0 { return file }
        return nil
    }

    private static func isSame(_ descriptor: Int32, _ path: String) -> Bool {
        var (opened, named) = (stat(), stat())
        return fstat(descriptor, &opened) == 0 && stat(path, &named) == 0
            && opened.st_ino == named.st_ino && opened.st_dev == named.st_dev
    }

    /// Whether `flock` may be this machine's alone: NFS, SMB, 9p and FUSE, which virtiofs is too.
    /// The numbers: <https://man7.org/linux/man-pages/man2/statfs.2.html>
    private static func isOnNetwork(_ path: String) -> Bool {
        let shared: [UInt32] = [0x6969, 0x517b, 0xff53_4d42, 0xfe53_4d42, 0x0102_1997, 0x6573_5546]
        return shared.contains(bootstrap_file_system(path))
    }

    /// Whether the file is a mount of its own, as `docker run -v file:file` makes it.
    private static func isMountedAlone(_ path: String) -> Bool {
        var (file, folder) = (stat(), stat())
        let parent = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        return stat(path, &file) == 0 && stat(parent.isEmpty ? "/" : parent, &folder) == 0
            && file.st_dev != folder.st_dev
    }

    private static func owner() -> String {
        var host = [CChar](repeating: 0, count: 256)
        gethostname(&host, host.count - 1)
        let name = String(
            decoding: host.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        let lines = ["\(SQLiteAccount.name)@\(name)", "\(getpid())", Date().formatted(.iso8601)]
        return lines.map { $0.filter { !$0.isNewline } }.joined(separator: "\n")
    }
}
#endif
