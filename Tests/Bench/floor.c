/* The least that "nothing to do" can cost with an engine's client library: what reads the history and
 * what reads the files, on two threads, in bare C, without checking or comparing anything.
 *
 *     cc -O2 -o floor floor.c -lpthread
 *     floor FOLDER postgres "host=… dbname=…"
 *     floor FOLDER mariadb HOST PORT USER PASSWORD DATABASE
 *     floor FOLDER sqlite FILE
 *
 * Tests/Bench/run times it beside bootstrap, so that a limit can be told from a wish. */
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char query[] = "SELECT kind, id, checksum, state FROM bootstrap_history";
static char **words; /* the command line's, from the engine's name on */
static long rows, bytes;

static void fail(const char *what) {
    fprintf(stderr, "floor: %s\n", what);
    _exit(1);
}

static void *library(const char *name) {
    void *handle = dlopen(name, RTLD_LAZY | RTLD_LOCAL);
    if (handle == NULL) fail(dlerror());
    return handle;
}

static void read_sqlite(void) {
    void *lib = library("libsqlite3.so.0");
    int (*open)(const char *, void **, int, const char *) = dlsym(lib, "sqlite3_open_v2");
    int (*prepare)(void *, const char *, int, void **, const char **) =
        dlsym(lib, "sqlite3_prepare_v2");
    int (*step)(void *) = dlsym(lib, "sqlite3_step");
    const char *(*text)(void *, int) = dlsym(lib, "sqlite3_column_text");
    void *database, *statement;
    if (open(words[1], &database, 2 /* SQLITE_OPEN_READWRITE */, NULL) != 0) fail("no database");
    if (prepare(database, query, -1, &statement, NULL) != 0) fail("no history");
    for (; step(statement) == 100 /* SQLITE_ROW */; rows++)
        for (int column = 0; column < 4; column++) bytes += strlen(text(statement, column));
}

static void read_postgres(void) {
    void *lib = library("libpq.so.5");
    void *(*connect)(const char *) = dlsym(lib, "PQconnectdb");
    void *(*execute)(void *, const char *) = dlsym(lib, "PQexec");
    int (*count)(void *) = dlsym(lib, "PQntuples");
    char *(*value)(void *, int, int) = dlsym(lib, "PQgetvalue");
    void (*finish)(void *) = dlsym(lib, "PQfinish");
    void *connection = connect(words[1]);
    void *result = execute(connection, query);
    rows = count(result);
    for (int row = 0; row < rows; row++)
        for (int column = 0; column < 4; column++) bytes += strlen(value(result, row, column));
    finish(connection);
}

static void read_mariadb(void) {
    void *lib = library("libmariadb.so.3");
    void *(*init)(void *) = dlsym(lib, "mysql_init");
    void *(*connect)(void *, const char *, const char *, const char *, const char *, unsigned,
                     const char *, unsigned long) = dlsym(lib, "mysql_real_connect");
    int (*execute)(void *, const char *) = dlsym(lib, "mysql_query");
    void *(*store)(void *) = dlsym(lib, "mysql_store_result");
    char **(*fetch)(void *) = dlsym(lib, "mysql_fetch_row");
    void (*finish)(void *) = dlsym(lib, "mysql_close");
    void *connection = init(NULL);
    if (connect(connection, words[1], words[3], words[4], words[5], atoi(words[2]), NULL, 0) == NULL)
        fail("no connection");
    if (execute(connection, query) != 0) fail("no history");
    void *result = store(connection);
    for (char **row; (row = fetch(result)) != NULL; rows++)
        for (int column = 0; column < 4; column++) bytes += strlen(row[column]);
    finish(connection);
}

static void *read_history(void *unused) {
    switch (words[0][0]) {
    case 's': read_sqlite(); break;
    case 'p': read_postgres(); break;
    default: read_mariadb();
    }
    return unused;
}

int main(int count, char **arguments) {
    if (count < 4) fail("usage: floor FOLDER ENGINE DATABASE…");
    words = arguments + 2;
    pthread_t thread;
    if (pthread_create(&thread, NULL, read_history, NULL) != 0) fail("no thread");

    DIR *folder = opendir(arguments[1]);
    if (folder == NULL) fail("no folder");
    static char *names[10000], buffer[1 << 16];
    int files = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL && files < 10000;)
        if (entry->d_name[0] != '.') names[files++] = strdup(entry->d_name);
    for (int i = 0; i < files; i++) {
        int file = openat(dirfd(folder), names[i], O_RDONLY | O_CLOEXEC);
        for (long got; (got = read(file, buffer, sizeof buffer)) > 0;) bytes += got;
        close(file);
    }

    pthread_join(thread, NULL);
    printf("%ld rows, %d files, %ld bytes\n", rows, files, bytes);
    fflush(stdout);
    _exit(rows == files ? 0 : 1);
}
