/* The functions of libpq that the driver calls. On a machine with libpq's header the C file includes
   both, so that the compiler refuses a declaration that is not libpq's own.
   https://www.postgresql.org/docs/current/libpq.html */
int PQbackendPID(const PGconn *conn);
int PQcancel(PGcancel *cancel, char *errbuf, int errbufsize);
void PQclear(PGresult *res);
char *PQcmdTuples(PGresult *res);
PQconninfoOption *PQconndefaults(void);
PostgresPollingStatusType PQconnectPoll(PGconn *conn);
PGconn *PQconnectStartParams(const char *const *keywords, const char *const *values,
                             int expand_dbname);
PQconninfoOption *PQconninfo(PGconn *conn);
void PQconninfoFree(PQconninfoOption *connOptions);
int PQconsumeInput(PGconn *conn);
char *PQerrorMessage(const PGconn *conn);
void PQfinish(PGconn *conn);
void PQfreeCancel(PGcancel *cancel);
void PQfreemem(void *ptr);
Oid PQftype(const PGresult *res, int field_num);
PGcancel *PQgetCancel(PGconn *conn);
int PQgetCopyData(PGconn *conn, char **buffer, int async);
PGresult *PQgetResult(PGconn *conn);
int PQgetisnull(const PGresult *res, int tup_num, int field_num);
int PQgetlength(const PGresult *res, int tup_num, int field_num);
char *PQgetvalue(const PGresult *res, int tup_num, int field_num);
int PQisBusy(PGconn *conn);
int PQnfields(const PGresult *res);
int PQntuples(const PGresult *res);
const char *PQparameterStatus(const PGconn *conn, const char *paramName);
int PQputCopyData(PGconn *conn, const char *buffer, int nbytes);
int PQputCopyEnd(PGconn *conn, const char *errormsg);
char *PQresultErrorField(const PGresult *res, int fieldcode);
char *PQresultErrorMessage(const PGresult *res);
ExecStatusType PQresultStatus(const PGresult *res);
int PQsendQuery(PGconn *conn, const char *query);
int PQsendQueryParams(PGconn *conn, const char *command, int nParams, const Oid *paramTypes,
                      const char *const *paramValues, const int *paramLengths,
                      const int *paramFormats, int resultFormat);
int PQserverVersion(const PGconn *conn);
PGVerbosity PQsetErrorVerbosity(PGconn *conn, PGVerbosity verbosity);
PQnoticeReceiver PQsetNoticeReceiver(PGconn *conn, PQnoticeReceiver proc, void *arg);
int PQsocket(const PGconn *conn);
ConnStatusType PQstatus(const PGconn *conn);
PGTransactionStatusType PQtransactionStatus(const PGconn *conn);
unsigned char *PQunescapeBytea(const unsigned char *strtext, size_t *retbuflen);
