-- bootstrap: portable, foreign-keys-off
CREATE TABLE new_item (
    description varchar(255),
    title varchar(255) NOT NULL,
    id ${uuid} NOT NULL,
    owner_id ${uuid},
    CONSTRAINT item_pkey PRIMARY KEY (id),
    CONSTRAINT item_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES "user" (id)
);
INSERT INTO new_item (description, title, id, owner_id)
    SELECT description, title, id, owner_id FROM item;
DROP TABLE item;
ALTER TABLE new_item RENAME TO item;
