-- bootstrap: portable, foreign-keys-off
-- Integer keys become UUIDs. SQLite changes neither keys nor constraints in place, so both tables
-- are built anew, as https://www.sqlite.org/lang_altertable.html#otheralter describes. Every row is
-- kept, and every item stays with its owner.

ALTER TABLE "user" ADD COLUMN new_id ${uuid};
UPDATE "user" SET new_id = ${new_uuid};

CREATE TABLE new_user (
    email varchar(255) NOT NULL,
    is_active boolean NOT NULL,
    is_superuser boolean NOT NULL,
    full_name varchar(255),
    hashed_password varchar NOT NULL,
    id ${uuid} NOT NULL,
    CONSTRAINT user_pkey PRIMARY KEY (id)
);
CREATE TABLE new_item (
    description varchar(255),
    title varchar(255) NOT NULL,
    id ${uuid} NOT NULL,
    owner_id ${uuid},
    CONSTRAINT item_pkey PRIMARY KEY (id),
    CONSTRAINT item_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES "user" (id)
);

INSERT INTO new_user (email, is_active, is_superuser, full_name, hashed_password, id)
    SELECT email, is_active, is_superuser, full_name, hashed_password, new_id FROM "user";
INSERT INTO new_item (description, title, id, owner_id)
    SELECT item.description, item.title, ${new_uuid}, "user".new_id
    FROM item LEFT JOIN "user" ON "user".id = item.owner_id;

DROP TABLE item;
DROP TABLE "user";
ALTER TABLE new_user RENAME TO "user";
ALTER TABLE new_item RENAME TO item;
CREATE UNIQUE INDEX ix_user_email ON "user" (email);
