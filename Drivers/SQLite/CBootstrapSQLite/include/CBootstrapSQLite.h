#pragma once
#include <stdint.h>

// The functions of libsqlite3 that the driver calls, found when it is first used, so that a program
// with this driver starts on a machine without the library.

#if __has_include(<sqlite3.h>) && !defined(BOOTSTRAP_NO_SQLITE3_H)
#include <sqlite3.h>
#else
// A machine without SQLite's header builds the driver all the same: these declarations have been
// the same since SQLite 3.7.14, and its authors promise that they stay.
// https://www.sqlite.org/capi3ref.html
typedef struct sqlite3 sqlite3;
typedef struct sqlite3_stmt sqlite3_stmt;
typedef int64_t sqlite3_int64;
typedef uint64_t sqlite3_uint64;
typedef void (*sqlite3_destructor_type)(void *);
int sqlite3_config(int, ...);
int sqlite3_open_v2(const char *, sqlite3 **, int, const char *);
int sqlite3_close_v2(sqlite3 *);
int sqlite3_busy_timeout(sqlite3 *, int);
int sqlite3_extended_result_codes(sqlite3 *, int);
int sqlite3_extended_errcode(sqlite3 *);
int sqlite3_system_errno(sqlite3 *);
const char *sqlite3_errmsg(sqlite3 *);
const char *sqlite3_errstr(int);
const char *sqlite3_libversion(void);
int sqlite3_db_readonly(sqlite3 *, const char *);
int sqlite3_get_autocommit(sqlite3 *);
int sqlite3_total_changes(sqlite3 *);
int sqlite3_changes(sqlite3 *);
void sqlite3_interrupt(sqlite3 *);
void sqlite3_progress_handler(sqlite3 *, int, int (*)(void *), void *);
int sqlite3_sleep(int);
int sqlite3_prepare_v2(sqlite3 *, const char *, int, sqlite3_stmt **, const char **);
int sqlite3_step(sqlite3_stmt *);
int sqlite3_reset(sqlite3_stmt *);
int sqlite3_finalize(sqlite3_stmt *);
int sqlite3_bind_parameter_count(sqlite3_stmt *);
int sqlite3_bind_null(sqlite3_stmt *, int);
int sqlite3_bind_int64(sqlite3_stmt *, int, sqlite3_int64);
int sqlite3_bind_double(sqlite3_stmt *, int, double);
int sqlite3_bind_text(sqlite3_stmt *, int, const char *, int, sqlite3_destructor_type);
int sqlite3_bind_blob(sqlite3_stmt *, int, const void *, int, sqlite3_destructor_type);
int sqlite3_bind_zeroblob(sqlite3_stmt *, int, int);
int sqlite3_table_column_metadata(
    sqlite3 *, const char *, const char *, const char *, const char **, const char **, int *, int *,
    int *);
int sqlite3_column_count(sqlite3_stmt *);
int sqlite3_column_type(sqlite3_stmt *, int);
sqlite3_int64 sqlite3_column_int64(sqlite3_stmt *, int);
double sqlite3_column_double(sqlite3_stmt *, int);
const unsigned char *sqlite3_column_text(sqlite3_stmt *, int);
const void *sqlite3_column_blob(sqlite3_stmt *, int);
int sqlite3_column_bytes(sqlite3_stmt *, int);
#define SQLITE_OK 0
#define SQLITE_BUSY 5
#define SQLITE_ROW 100
#define SQLITE_DONE 101
#define SQLITE_OPEN_READONLY 0x00000001
#define SQLITE_OPEN_READWRITE 0x00000002
#define SQLITE_OPEN_CREATE 0x00000004
#define SQLITE_OPEN_URI 0x00000040
#define SQLITE_OPEN_MEMORY 0x00000080
#define SQLITE_OPEN_FULLMUTEX 0x00010000
#define SQLITE_CONFIG_MEMSTATUS 9
#define SQLITE_INTEGER 1
#define SQLITE_FLOAT 2
#define SQLITE_TEXT 3
#define SQLITE_BLOB 4
#define SQLITE_NULL 5
#endif

// Each of them once: X(open_v2) is sqlite3_open_v2.
#define BOOTSTRAP_SQLITE_FUNCTIONS(X) \
    X(open_v2) X(close_v2) X(busy_timeout) X(extended_result_codes) X(extended_errcode) \
    X(system_errno) X(errmsg) X(errstr) X(libversion) X(db_readonly) X(get_autocommit) \
    X(total_changes) X(changes) X(interrupt) X(progress_handler) X(sleep) \
    X(prepare_v2) X(step) X(reset) X(finalize) X(bind_parameter_count) X(bind_null) X(bind_int64) \
    X(bind_double) X(bind_text) X(bind_blob) X(bind_zeroblob) X(column_count) X(column_type) \
    X(column_int64) X(column_double) X(column_text) X(column_blob) X(column_bytes) \
    X(table_column_metadata)

struct bootstrap_sqlite {
#define X(name) __typeof__(&sqlite3_##name) name;
    BOOTSTRAP_SQLITE_FUNCTIONS(X)
#undef X
    /// sqlite3_error_offset, since 3.38; else null.
    int (*error_offset)(sqlite3 *);
};

/// The library's functions, or null with the loader's own words in `why`; loaded once per process.
const struct bootstrap_sqlite *bootstrap_sqlite_load(const char **why);

/// Tells SQLite to copy what is bound: SQLITE_TRANSIENT, whose cast Swift cannot import.
sqlite3_destructor_type bootstrap_sqlite_transient(void);

/// Nanoseconds of the monotonic clock.
int64_t bootstrap_sqlite_now(void);

/// Stops each statement of `handle` that still runs at the moment `*until`, which must outlive it.
void bootstrap_sqlite_limit(
    const struct bootstrap_sqlite *sqlite, sqlite3 *handle, const int64_t *until);

/// The magic number of the file system that `path` is on; 0 where it is not known.
uint32_t bootstrap_file_system(const char *path);
