-- bootstrap: portable
-- Integer keys become UUIDs. Every row is kept, and every item stays with its owner: the new keys
-- are made beside the old ones, and the references follow before the old ones go.

ALTER TABLE "user" ADD COLUMN new_id ${uuid};
ALTER TABLE item ADD COLUMN new_id ${uuid};
ALTER TABLE item ADD COLUMN new_owner_id ${uuid};

UPDATE "user" SET new_id = ${new_uuid};
UPDATE item SET new_id = ${new_uuid};
UPDATE item
    SET new_owner_id = (SELECT "user".new_id FROM "user" WHERE "user".id = item.owner_id);

ALTER TABLE item DROP CONSTRAINT item_owner_id_fkey;
ALTER TABLE item DROP COLUMN owner_id;
ALTER TABLE item RENAME COLUMN new_owner_id TO owner_id;
ALTER TABLE item DROP COLUMN id;
ALTER TABLE item RENAME COLUMN new_id TO id;
ALTER TABLE item ADD CONSTRAINT item_pkey PRIMARY KEY (id);

ALTER TABLE "user" DROP COLUMN id;
ALTER TABLE "user" RENAME COLUMN new_id TO id;
ALTER TABLE "user" ADD CONSTRAINT user_pkey PRIMARY KEY (id);

ALTER TABLE item
    ADD CONSTRAINT item_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES "user" (id);
