-- bootstrap: portable
-- When a user and an item came to be; rows from before do not know.

ALTER TABLE "user" ADD COLUMN created_at ${timestamp};
ALTER TABLE item ADD COLUMN created_at ${timestamp};
