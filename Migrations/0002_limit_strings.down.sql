-- bootstrap: portable

-- bootstrap: only postgres
ALTER TABLE item
    ALTER COLUMN title TYPE varchar,
    ALTER COLUMN description TYPE varchar;
-- bootstrap: only postgres
ALTER TABLE "user"
    ALTER COLUMN email TYPE varchar,
    ALTER COLUMN full_name TYPE varchar;

-- bootstrap: only mysql
ALTER TABLE item
    MODIFY title varchar(768) NOT NULL,
    MODIFY description varchar(768);
-- bootstrap: only mysql
ALTER TABLE "user"
    MODIFY email varchar(768) NOT NULL,
    MODIFY full_name varchar(768);
