-- bootstrap: portable
ALTER TABLE item DROP COLUMN created_at;
ALTER TABLE "user" DROP COLUMN created_at;
