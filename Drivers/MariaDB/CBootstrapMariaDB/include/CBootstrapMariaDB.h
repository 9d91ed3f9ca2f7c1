#pragma once

// libmariadb's functions, loaded when the first connection is opened: a machine that never talks to
// MariaDB or MySQL needs no libmariadb.so.3, and the program starts without it. The functions' types
// come from the official headers, so that a wrong call does not compile.

#if __has_include(<mariadb/mysql.h>)
#include <mariadb/mysql.h>
#else
// Built on a machine without libmariadb-dev: just enough for the Swift side to compile. Nothing of
// it is ever called, because `bootstrap_mariadb_functions` then answers NULL.
#define BOOTSTRAP_MARIADB_WITHOUT_HEADERS 1
#include <stdbool.h>
typedef char my_bool;
typedef struct { int unused; } MYSQL;
typedef struct { int unused; } MYSQL_STMT;
typedef struct { unsigned int field_count; } MYSQL_RES;
typedef char **MYSQL_ROW;
enum enum_field_types {
    MYSQL_TYPE_TINY = 1, MYSQL_TYPE_SHORT = 2, MYSQL_TYPE_LONG = 3, MYSQL_TYPE_FLOAT = 4,
    MYSQL_TYPE_DOUBLE = 5, MYSQL_TYPE_NULL = 6, MYSQL_TYPE_LONGLONG = 8, MYSQL_TYPE_INT24 = 9,
    MYSQL_TYPE_YEAR = 13, MYSQL_TYPE_VARCHAR = 15, MYSQL_TYPE_BIT = 16, MYSQL_TYPE_ENUM = 247,
    MYSQL_TYPE_SET = 248, MYSQL_TYPE_TINY_BLOB = 249, MYSQL_TYPE_MEDIUM_BLOB = 250,
    MYSQL_TYPE_LONG_BLOB = 251, MYSQL_TYPE_BLOB = 252, MYSQL_TYPE_VAR_STRING = 253,
    MYSQL_TYPE_STRING = 254, MYSQL_TYPE_GEOMETRY = 255
};
typedef struct { unsigned int flags, charsetnr; enum enum_field_types type; } MYSQL_FIELD;
typedef struct {
    unsigned long *length;
    my_bool *is_null;
    void *buffer;
    unsigned long buffer_length;
    enum enum_field_types buffer_type;
    my_bool is_unsigned;
} MYSQL_BIND;
enum mysql_option {
    MYSQL_OPT_CONNECT_TIMEOUT, MYSQL_SET_CHARSET_NAME = 7, MYSQL_OPT_LOCAL_INFILE,
    MYSQL_OPT_PROTOCOL, MYSQL_OPT_RECONNECT = 20, MYSQL_OPT_SSL_VERIFY_SERVER_CERT,
    MYSQL_OPT_SSL_KEY = 25, MYSQL_OPT_SSL_CERT, MYSQL_OPT_SSL_CA, MYSQL_OPT_CONNECT_ATTR_ADD = 33,
    MYSQL_OPT_SSL_ENFORCE = 38, MYSQL_OPT_NONBLOCK = 6000, MARIADB_OPT_RESTRICTED_AUTH = 7030
};
enum mysql_protocol_type { MYSQL_PROTOCOL_TCP = 1, MYSQL_PROTOCOL_SOCKET };
enum mariadb_value { MARIADB_CONNECTION_SERVER_STATUS = 31 };
#define MYSQL_WAIT_READ 1
#define MYSQL_WAIT_WRITE 2
#define MYSQL_WAIT_EXCEPT 4
#define MYSQL_WAIT_TIMEOUT 8
#define MYSQL_NO_DATA 100
#define UNSIGNED_FLAG 32
#define SERVER_STATUS_IN_TRANS 1
#define SERVER_MORE_RESULTS_EXIST 8
int mysql_server_init(int, char **, char **);
MYSQL *mysql_init(MYSQL *);
void mysql_close(MYSQL *);
int mysql_options(MYSQL *, enum mysql_option, const void *);
int mysql_options4(MYSQL *, enum mysql_option, const void *, const void *);
int mysql_real_connect_start(MYSQL **, MYSQL *, const char *, const char *, const char *,
                             const char *, unsigned int, const char *, unsigned long);
int mysql_real_connect_cont(MYSQL **, MYSQL *, int);
int mysql_real_query_start(int *, MYSQL *, const char *, unsigned long);
int mysql_real_query_cont(int *, MYSQL *, int);
int mysql_store_result_start(MYSQL_RES **, MYSQL *);
int mysql_store_result_cont(MYSQL_RES **, MYSQL *, int);
int mysql_next_result_start(int *, MYSQL *);
int mysql_next_result_cont(int *, MYSQL *, int);
int mysql_get_socket(MYSQL *);
unsigned long mysql_get_client_version(void);
const char *mysql_get_ssl_cipher(MYSQL *);
char *mysql_get_server_info(MYSQL *);
unsigned long mysql_thread_id(MYSQL *);
my_bool mariadb_get_info(MYSQL *, enum mariadb_value, void *);
unsigned int mysql_errno(MYSQL *);
const char *mysql_error(MYSQL *);
my_bool mysql_more_results(MYSQL *);
unsigned int mysql_field_count(MYSQL *);
unsigned long long mysql_affected_rows(MYSQL *);
unsigned int mysql_warning_count(MYSQL *);
void mysql_set_local_infile_handler(MYSQL *, int (*)(void **, const char *, void *),
                                    int (*)(void *, char *, unsigned int), void (*)(void *),
                                    int (*)(void *, char *, unsigned int), void *);
void mysql_set_local_infile_default(MYSQL *);
MYSQL_FIELD *mysql_fetch_fields(MYSQL_RES *);
MYSQL_ROW mysql_fetch_row(MYSQL_RES *);
unsigned long *mysql_fetch_lengths(MYSQL_RES *);
unsigned int mysql_num_fields(MYSQL_RES *);
void mysql_free_result(MYSQL_RES *);
MYSQL_STMT *mysql_stmt_init(MYSQL *);
int mysql_stmt_prepare(MYSQL_STMT *, const char *, unsigned long);
unsigned long mysql_stmt_param_count(MYSQL_STMT *);
my_bool mysql_stmt_bind_param(MYSQL_STMT *, MYSQL_BIND *);
int mysql_stmt_execute(MYSQL_STMT *);
MYSQL_RES *mysql_stmt_result_metadata(MYSQL_STMT *);
my_bool mysql_stmt_bind_result(MYSQL_STMT *, MYSQL_BIND *);
int mysql_stmt_store_result(MYSQL_STMT *);
int mysql_stmt_fetch(MYSQL_STMT *);
int mysql_stmt_fetch_column(MYSQL_STMT *, MYSQL_BIND *, unsigned int, unsigned long);
unsigned long long mysql_stmt_affected_rows(MYSQL_STMT *);
int mysql_stmt_next_result(MYSQL_STMT *);
unsigned int mysql_stmt_errno(MYSQL_STMT *);
const char *mysql_stmt_error(MYSQL_STMT *);
my_bool mysql_stmt_close(MYSQL_STMT *);
#endif

// Every function that the driver calls, once.
#define BOOTSTRAP_MARIADB_FUNCTIONS(FUNCTION)                                                       \
    FUNCTION(mysql_server_init) FUNCTION(mysql_init) FUNCTION(mysql_close)                          \
    FUNCTION(mysql_options) FUNCTION(mysql_options4)                                                \
    FUNCTION(mysql_real_connect_start) FUNCTION(mysql_real_connect_cont)                            \
    FUNCTION(mysql_real_query_start) FUNCTION(mysql_real_query_cont)                                \
    FUNCTION(mysql_store_result_start) FUNCTION(mysql_store_result_cont)                            \
    FUNCTION(mysql_next_result_start) FUNCTION(mysql_next_result_cont)                              \
    FUNCTION(mysql_get_socket) FUNCTION(mysql_get_client_version)                                   \
    FUNCTION(mysql_get_ssl_cipher) FUNCTION(mariadb_get_info)                                       \
    FUNCTION(mysql_get_server_info) FUNCTION(mysql_thread_id)                                       \
    FUNCTION(mysql_errno) FUNCTION(mysql_error) FUNCTION(mysql_more_results)                        \
    FUNCTION(mysql_field_count) FUNCTION(mysql_affected_rows) FUNCTION(mysql_warning_count)         \
    FUNCTION(mysql_set_local_infile_handler) FUNCTION(mysql_set_local_infile_default)               \
    FUNCTION(mysql_fetch_fields) FUNCTION(mysql_fetch_row) FUNCTION(mysql_fetch_lengths)            \
    FUNCTION(mysql_num_fields) FUNCTION(mysql_free_result)                                          \
    FUNCTION(mysql_stmt_init) FUNCTION(mysql_stmt_prepare) FUNCTION(mysql_stmt_param_count)         \
    FUNCTION(mysql_stmt_bind_param) FUNCTION(mysql_stmt_execute)                                    \
    FUNCTION(mysql_stmt_result_metadata) FUNCTION(mysql_stmt_bind_result)                           \
    FUNCTION(mysql_stmt_store_result) FUNCTION(mysql_stmt_fetch) FUNCTION(mysql_stmt_fetch_column)  \
    FUNCTION(mysql_stmt_affected_rows) FUNCTION(mysql_stmt_next_result)                             \
    FUNCTION(mysql_stmt_errno) FUNCTION(mysql_stmt_error) FUNCTION(mysql_stmt_close)

// The loaded functions, under their own names.
struct bootstrap_mariadb {
#define BOOTSTRAP_MARIADB_FIELD(name) __typeof__(&name) name;
    BOOTSTRAP_MARIADB_FUNCTIONS(BOOTSTRAP_MARIADB_FIELD)
#undef BOOTSTRAP_MARIADB_FIELD
};

// The functions, loaded at the first call, from any thread; NULL where the library is missing.
const struct bootstrap_mariadb *bootstrap_mariadb_functions(void);

// Why `bootstrap_mariadb_functions` answered NULL, in the loader's words.
const char *bootstrap_mariadb_error(void);
