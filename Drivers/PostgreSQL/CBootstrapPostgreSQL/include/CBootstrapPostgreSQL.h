#ifndef CBOOTSTRAP_POSTGRESQL_H
#define CBOOTSTRAP_POSTGRESQL_H

/* libpq's own header where the machine has it; else the same declarations, which the C file checks
   against libpq's header on every machine that has one. Nothing here links libpq. */
#if __has_include(<postgresql/libpq-fe.h>)
#include <postgresql/libpq-fe.h>
#define CBOOTSTRAP_HAS_LIBPQ_HEADER 1
#elif __has_include(<libpq-fe.h>)
#include <libpq-fe.h>
#define CBOOTSTRAP_HAS_LIBPQ_HEADER 1
#else
#include "../libpq-types.h"
#include "../libpq-functions.h"
#endif

/* The functions that the driver calls: each name stands here once. */
#define CBOOTSTRAP_LIBPQ_FUNCTIONS(FUNCTION) \
    FUNCTION(PQbackendPID)                   \
    FUNCTION(PQcancel)                       \
    FUNCTION(PQclear)                        \
    FUNCTION(PQcmdTuples)                    \
    FUNCTION(PQconndefaults)                 \
    FUNCTION(PQconnectPoll)                  \
    FUNCTION(PQconnectStartParams)           \
    FUNCTION(PQconninfo)                     \
    FUNCTION(PQconninfoFree)                 \
    FUNCTION(PQconsumeInput)                 \
    FUNCTION(PQerrorMessage)                 \
    FUNCTION(PQfinish)                       \
    FUNCTION(PQfreeCancel)                   \
    FUNCTION(PQfreemem)                      \
    FUNCTION(PQftype)                        \
    FUNCTION(PQgetCancel)                    \
    FUNCTION(PQgetCopyData)                  \
    FUNCTION(PQgetResult)                    \
    FUNCTION(PQgetisnull)                    \
    FUNCTION(PQgetlength)                    \
    FUNCTION(PQgetvalue)                     \
    FUNCTION(PQisBusy)                       \
    FUNCTION(PQnfields)                      \
    FUNCTION(PQntuples)                      \
    FUNCTION(PQparameterStatus)              \
    FUNCTION(PQputCopyData)                  \
    FUNCTION(PQputCopyEnd)                   \
    FUNCTION(PQresultErrorField)             \
    FUNCTION(PQresultErrorMessage)           \
    FUNCTION(PQresultStatus)                 \
    FUNCTION(PQsendQuery)                    \
    FUNCTION(PQsendQueryParams)              \
    FUNCTION(PQserverVersion)                \
    FUNCTION(PQsetErrorVerbosity)            \
    FUNCTION(PQsetNoticeReceiver)            \
    FUNCTION(PQsocket)                       \
    FUNCTION(PQstatus)                       \
    FUNCTION(PQtransactionStatus)            \
    FUNCTION(PQunescapeBytea)

/* libpq's functions, typed by its own header, filled in when the library is loaded. */
typedef struct CBootstrapLibpq {
#define CBOOTSTRAP_FIELD(name) __typeof__(&name) _Nonnull name;
    CBOOTSTRAP_LIBPQ_FUNCTIONS(CBOOTSTRAP_FIELD)
#undef CBOOTSTRAP_FIELD
} CBootstrapLibpq;

/* Loads libpq on the first call, and answers the same on every later one, from any thread.
   NULL where it cannot be loaded; `reason` then points at the loader's words, which stay valid. */
const CBootstrapLibpq *_Nullable
cbootstrap_libpq(const char *_Nullable *_Nonnull reason);

#endif
