import Bootstrap
import Glibc

extension Moment {
    /// The system's clock, now.
    static var now: Moment {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Moment(seconds: Int64(time.tv_sec), microseconds: time.tv_nsec / 1000)
    }
}
