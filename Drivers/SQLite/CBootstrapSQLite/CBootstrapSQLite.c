#include "CBootstrapSQLite.h"
