-- bootstrap: portable
-- What people type gets at most 255 characters. SQLite checks no lengths, so there is nothing to
-- do there; step 3 builds its tables anew and declares them.

-- bootstrap: only postgres
ALTER TABLE "user"
    ALTER COLUMN email TYPE varchar(255),
    ALTER COLUMN full_name TYPE varchar(255);
-- bootstrap: only postgres
ALTER TABLE item
    ALTER COLUMN title TYPE varchar(255),
    ALTER COLUMN description TYPE varchar(255);

-- bootstrap: only mysql
ALTER TABLE "user"
    MODIFY email varchar(255) NOT NULL,
    MODIFY full_name varchar(255);
-- bootstrap: only mysql
ALTER TABLE item
    MODIFY title varchar(255) NOT NULL,
    MODIFY description varchar(255);
