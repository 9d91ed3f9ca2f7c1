-- bootstrap: portable
-- Users, and the items that they own. Strings have no limit of their own yet: 768 characters are
-- what InnoDB can index, and PostgreSQL drops the limit at once.

CREATE TABLE "user" (
    email varchar(768) NOT NULL,
    is_active boolean NOT NULL,
    is_superuser boolean NOT NULL,
    full_name varchar(768),
    id ${identity32},
    hashed_password varchar(768) NOT NULL
);
CREATE UNIQUE INDEX ix_user_email ON "user" (email);

CREATE TABLE item (
    description varchar(768),
    id ${identity32},
    title varchar(768) NOT NULL,
    owner_id integer NOT NULL,
    CONSTRAINT item_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES "user" (id)
);

-- bootstrap: only postgres
ALTER TABLE "user"
    ALTER COLUMN email TYPE varchar,
    ALTER COLUMN full_name TYPE varchar,
    ALTER COLUMN hashed_password TYPE varchar;
-- bootstrap: only postgres
ALTER TABLE item
    ALTER COLUMN description TYPE varchar,
    ALTER COLUMN title TYPE varchar;
