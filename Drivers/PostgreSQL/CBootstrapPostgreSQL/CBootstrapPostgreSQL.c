#include "CBootstrapPostgreSQL.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#ifdef CBOOTSTRAP_HAS_LIBPQ_HEADER
/* Declaring the functions again proves that our own declarations are libpq's. */
#include "libpq-functions.h"
_Static_assert(CONNECTION_BAD == 1 && PGRES_POLLING_OK == 3 && PGRES_COPY_IN == 4 &&
                   PGRES_FATAL_ERROR == 7 && PQTRANS_INERROR == 3 && PQERRORS_VERBOSE == 2,
               "libpq-types.h has libpq's numbers");
#endif

static CBootstrapLibpq functions;
static int is_loaded;
static char loading_error[512];

static void load(void) {
    static const char *const names[] = {
        "libpq.so.5", "libpq.5.dylib", "/opt/homebrew/opt/libpq/lib/libpq.5.dylib",
        "/usr/local/opt/libpq/lib/libpq.5.dylib"};
    void *library = NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names && !library; i++) {
        library = dlopen(names[i], RTLD_LAZY | RTLD_LOCAL);
        /* The first name is the one that this system's people know: keep its error. */
        if (!library && i == 0) {
            const char *error = dlerror();
            snprintf(loading_error, sizeof loading_error, "%s", error ? error : names[0]);
        }
    }
    if (!library) return;
#define CBOOTSTRAP_LOAD(name)                                                                  \
    {                                                                                          \
        void *symbol = dlsym(library, #name);                                                  \
        if (!symbol) {                                                                         \
            snprintf(loading_error, sizeof loading_error, "libpq has no function " #name);     \
            return;                                                                            \
        }                                                                                      \
        memcpy(&functions.name, &symbol, sizeof symbol);                                       \
    }
    CBOOTSTRAP_LIBPQ_FUNCTIONS(CBOOTSTRAP_LOAD)
#undef CBOOTSTRAP_LOAD
    is_loaded = 1;
}

const CBootstrapLibpq *cbootstrap_libpq(const char **reason) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    *reason = is_loaded ? NULL : loading_error;
    return is_loaded ? &functions : NULL;
}
