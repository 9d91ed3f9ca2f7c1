-- bootstrap: portable
DROP TABLE item;
DROP TABLE "user";
