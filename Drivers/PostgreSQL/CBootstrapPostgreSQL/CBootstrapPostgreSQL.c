#include "CBootstrapPostgreSQL.h"
