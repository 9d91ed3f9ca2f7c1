-- bootstrap: portable
ALTER TABLE item DROP CONSTRAINT item_owner_id_fkey;
-- bootstrap: only postgres
ALTER TABLE item ALTER COLUMN owner_id DROP NOT NULL;
-- bootstrap: only mysql
ALTER TABLE item MODIFY owner_id ${uuid};
ALTER TABLE item
    ADD CONSTRAINT item_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES "user" (id);
