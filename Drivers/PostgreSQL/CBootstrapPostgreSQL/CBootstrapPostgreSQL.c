#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "CBootstrapPostgreSQL.h"

#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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
        library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
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

static void each_address(const struct addrinfo *list,
                         void (*each)(void *context, const char *address), void *context) {
    for (const struct addrinfo *entry = list; entry; entry = entry->ai_next) {
        char text[NI_MAXHOST];
        if (getnameinfo(entry->ai_addr, entry->ai_addrlen, text, sizeof text, NULL, 0,
                        NI_NUMERICHOST) == 0)
            each(context, text);
    }
}

#ifdef __GLIBC__
/* What glibc's resolver thread writes to: it must outlive a caller that waits no longer. */
struct lookup {
    struct gaicb request;
    struct gaicb *list[1];
    struct addrinfo hints;
    char host[];
};

static long milliseconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* https://man7.org/linux/man-pages/man3/getaddrinfo_a.3.html */
int cbootstrap_resolve(const char *host, int milliseconds,
                       void (*each)(void *context, const char *address), void *context) {
    struct lookup *lookup = calloc(1, sizeof *lookup + strlen(host) + 1);
    if (!lookup) return EAI_MEMORY;
    strcpy(lookup->host, host);
    lookup->hints.ai_socktype = SOCK_STREAM;
    lookup->request.ar_name = lookup->host;
    lookup->request.ar_request = &lookup->hints;
    lookup->list[0] = &lookup->request;
    int status = getaddrinfo_a(GAI_NOWAIT, lookup->list, 1, NULL);
    if (status != 0) {
        free(lookup);
        return status;
    }
    long end = milliseconds_now() + milliseconds;
    while ((status = gai_error(&lookup->request)) == EAI_INPROGRESS) {
        long left = end - milliseconds_now();
        if (left <= 0) {
            /* A lookup that cannot be taken back keeps its memory until the process ends. */
            if (gai_cancel(&lookup->request) == EAI_CANCELED) free(lookup);
            return CBOOTSTRAP_RESOLVE_TIMEOUT;
        }
        struct timespec rest = {left / 1000, (left % 1000) * 1000000};
        gai_suspend((const struct gaicb *const *)lookup->list, 1, &rest);
    }
    if (status == 0) {
        each_address(lookup->request.ar_result, each, context);
        freeaddrinfo(lookup->request.ar_result);
    }
    free(lookup);
    return status;
}
#else
/* Without glibc's asynchronous lookup the resolver's own time limit counts. */
int cbootstrap_resolve(const char *host, int milliseconds,
                       void (*each)(void *context, const char *address), void *context) {
    (void)milliseconds;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list = NULL;
    int status = getaddrinfo(host, NULL, &hints, &list);
    if (status != 0) return status;
    each_address(list, each, context);
    freeaddrinfo(list);
    return 0;
}
#endif
