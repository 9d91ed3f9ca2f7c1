-- Strings as they were before PostgreSQL 9.1, in the midst of a file.
SET escape_string_warning = off;
CREATE TABLE path (id int, name text);
INSERT INTO path VALUES (1, 'C:\'), (2, 'a\;b');
SET standard_conforming_strings = off;
INSERT INTO path VALUES (3, 'it\'s; old'), (4, 'C:\\');
SET standard_conforming_strings TO on;
INSERT INTO path VALUES (5, '\'), (6, ';');
SET standard_conforming_strings TO 'off'; RESET standard_conforming_strings;
INSERT INTO path VALUES (7, '\'), (8, $$\'$$);
