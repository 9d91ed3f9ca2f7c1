-- bootstrap: portable, foreign-keys-off
-- Keys count from 1 again. Every row is kept, and every item stays with its owner, who is found by
-- the unique email.

CREATE TABLE old_user (
    email varchar(768) NOT NULL,
    is_active boolean NOT NULL,
    is_superuser boolean NOT NULL,
    full_name varchar(768),
    id ${identity32},
    hashed_password varchar(768) NOT NULL
);
CREATE TABLE old_item (
    description varchar(768),
    id ${identity32},
    title varchar(768) NOT NULL,
    owner_id integer NOT NULL,
    CONSTRAINT item_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES "user" (id)
);

INSERT INTO old_user (email, is_active, is_superuser, full_name, hashed_password)
    SELECT email, is_active, is_superuser, full_name, hashed_password
    FROM "user" ORDER BY rowid;
INSERT INTO old_item (description, title, owner_id)
    SELECT item.description, item.title, old_user.id
    FROM item
    LEFT JOIN "user" ON "user".id = item.owner_id
    LEFT JOIN old_user ON old_user.email = "user".email
    ORDER BY item.rowid;

DROP TABLE item;
DROP TABLE "user";
ALTER TABLE old_user RENAME TO "user";
ALTER TABLE old_item RENAME TO item;
CREATE UNIQUE INDEX ix_user_email ON "user" (email);
