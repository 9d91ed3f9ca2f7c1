#include "CBootstrapMariaDB.h"
