#include "CBootstrapSQLite.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>
#ifdef __linux__
#include <sys/vfs.h>
#endif

static struct bootstrap_sqlite functions;
static char failure[512];
static pthread_once_t once = PTHREAD_ONCE_INIT;

#ifdef __APPLE__
static const char *const names[] = {"libsqlite3.dylib"};
#else
static const char *const names[] = {"libsqlite3.so.0", "libsqlite3.so"};
#endif

// Each allocation of SQLite takes a mutex to count itself, a seventh of the time of a large file.
// SQLite's authors advise against it (https://www.sqlite.org/compile.html#recommended_compile_time_options).
// It is left as it is where another part of the program has loaded the library: that may ask for the
// numbers, or be using the library now, when this must not be called.
static void count_nothing(void *library) {
    int (*config)(int, ...) = (int (*)(int, ...))dlsym(library, "sqlite3_config");
    if (config) config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static int is_loaded(const char *name) {
    void *library = dlopen(name, RTLD_LAZY | RTLD_NOLOAD);
    if (library) dlclose(library);
    return library != NULL;
}

static void load(void) {
    void *library = NULL;
    int is_ours = 1;
    for (unsigned i = 0; !library && i < sizeof names / sizeof *names; i++) {
        is_ours = !is_loaded(names[i]);
        library = dlopen(names[i], RTLD_LAZY | RTLD_LOCAL);
        if (!library && i == 0) {
            const char *why = dlerror();
            snprintf(failure, sizeof failure, "%s", why ? why : names[i]);
        }
    }
    if (!library) return;
    failure[0] = 0;
#define X(name) \
    if (!(functions.name = (__typeof__(functions.name))dlsym(library, "sqlite3_" #name))) \
        snprintf(failure, sizeof failure, "%s has no sqlite3_%s: it is too old", names[0], #name);
    BOOTSTRAP_SQLITE_FUNCTIONS(X)
#undef X
    functions.error_offset =
        (__typeof__(functions.error_offset))dlsym(library, "sqlite3_error_offset");
    if (is_ours) count_nothing(library);
}

const struct bootstrap_sqlite *bootstrap_sqlite_load(const char **why) {
    pthread_once(&once, load);
    *why = failure;
    return failure[0] ? NULL : &functions;
}

sqlite3_destructor_type bootstrap_sqlite_transient(void) {
    return (sqlite3_destructor_type)(intptr_t)-1;
}

int64_t bootstrap_sqlite_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int is_over(void *until) { return bootstrap_sqlite_now() >= *(const int64_t *)until; }

void bootstrap_sqlite_limit(
    const struct bootstrap_sqlite *sqlite, sqlite3 *handle, const int64_t *until) {
    // Every 1000 instructions of SQLite's machine: less than a millisecond, and not felt.
    sqlite->progress_handler(handle, 1000, is_over, (void *)until);
}

uint32_t bootstrap_file_system(const char *path) {
#ifdef __linux__
    struct statfs status;
    if (statfs(path, &status) == 0) return (uint32_t)status.f_type;
#endif
    return 0;
}
