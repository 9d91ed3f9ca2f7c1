#if SQLite
import Glibc

/// Whose process this is, which stands for the user that SQLite does not have.
enum SQLiteAccount {
    /// The user's name, or the number of one without a name, as in many containers.
    static let name: String = {
        // Not getpwuid, whose one buffer other threads of the program may be using.
        var (entry, found) = (passwd(), UnsafeMutablePointer<passwd>?.none)
        var words = [CChar](repeating: 0, count: 1 << 12)
        guard getpwuid_r(geteuid(), &entry, &words, words.count, &found) == 0, found != nil,
            let name = entry.pw_name
        else { return "\(geteuid())" }
        return String(cString: name)
    }()
}
#endif
