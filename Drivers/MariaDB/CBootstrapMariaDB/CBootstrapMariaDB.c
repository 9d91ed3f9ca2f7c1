#include "CBootstrapMariaDB.h"

#ifdef BOOTSTRAP_MARIADB_WITHOUT_HEADERS

const struct bootstrap_mariadb *bootstrap_mariadb_functions(void) { return 0; }

const char *bootstrap_mariadb_error(void) {
    return "this program was built without MariaDB's client headers (libmariadb-dev)";
}

#else

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

static struct bootstrap_mariadb functions;
static char error[512];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
    void *library = dlopen("libmariadb.so.3", RTLD_LAZY | RTLD_LOCAL);
    if (!library) {
        snprintf(error, sizeof error, "%s", dlerror());
        return;
    }
#define BOOTSTRAP_MARIADB_LOAD(name)                                                              \
    if (!(functions.name = (__typeof__(&name))dlsym(library, #name))) {                           \
        snprintf(error, sizeof error, "libmariadb.so.3 is too old: it has no " #name);            \
        return;                                                                                   \
    }
    BOOTSTRAP_MARIADB_FUNCTIONS(BOOTSTRAP_MARIADB_LOAD)
#undef BOOTSTRAP_MARIADB_LOAD
    // Once and before any thread uses the library, as its manual asks:
    // https://mariadb.com/docs/connectors/mariadb-connector-c/api-functions/mysql_library_init
    if (functions.mysql_server_init(0, 0, 0))
        snprintf(error, sizeof error, "libmariadb.so.3 cannot be initialised");
}

const struct bootstrap_mariadb *bootstrap_mariadb_functions(void) {
    pthread_once(&once, load);
    return error[0] ? 0 : &functions;
}

const char *bootstrap_mariadb_error(void) { return error; }

#endif
