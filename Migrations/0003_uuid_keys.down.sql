-- bootstrap: portable
-- Keys count from 1 again. Every row is kept, and every item stays with its owner.

ALTER TABLE item DROP CONSTRAINT item_owner_id_fkey;
ALTER TABLE "user" RENAME COLUMN id TO new_id;
ALTER TABLE item RENAME COLUMN id TO new_id;
ALTER TABLE item RENAME COLUMN owner_id TO new_owner_id;

-- bootstrap: only postgres
ALTER TABLE "user" DROP CONSTRAINT user_pkey;
-- bootstrap: only postgres
ALTER TABLE item DROP CONSTRAINT item_pkey;
-- bootstrap: only mysql
ALTER TABLE "user" DROP PRIMARY KEY;
-- bootstrap: only mysql
ALTER TABLE item DROP PRIMARY KEY;

ALTER TABLE "user" ADD COLUMN id ${identity32};
ALTER TABLE item ADD COLUMN id ${identity32};
ALTER TABLE item ADD COLUMN owner_id integer;
UPDATE item
    SET owner_id = (SELECT "user".id FROM "user" WHERE "user".new_id = item.new_owner_id);

-- bootstrap: only postgres
ALTER TABLE item ALTER COLUMN owner_id SET NOT NULL;
-- bootstrap: only mysql
ALTER TABLE item MODIFY owner_id integer NOT NULL;

ALTER TABLE item DROP COLUMN new_owner_id;
ALTER TABLE item DROP COLUMN new_id;
ALTER TABLE "user" DROP COLUMN new_id;
ALTER TABLE item
    ADD CONSTRAINT item_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES "user" (id);
