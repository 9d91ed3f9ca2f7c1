"""Seeds of a million rows, against the engine's own bulk loader and the usual script."""
import os
import random
import shutil
import subprocess
import venv

ROWS = 1_000_000
FEW = 20_000  # rows for the script that inserts one by one
COLUMNS = "id, code, name, price, active, born, made, note"
TABLE = ("CREATE TABLE item (id integer PRIMARY KEY, code varchar(12) NOT NULL, name varchar(80) NOT NULL, "
         "price numeric(10,2), active boolean NOT NULL, born date, made {moment}, note text)")

SEED = """- table: item
  key: [id]
  mode: {mode}
  file: item.csv
  null: ""
"""


def write_csv(path, count, price):
    """Eight mixed columns: every fourth note is NULL, every third in quotes with what quotes are for."""
    chance = random.Random(7)
    notes = ["", 'said ""yes"", twice', "Grüße aus Köln, sehr herzlich", "plain text"]
    with open(path, "w", newline="") as file:
        file.write(COLUMNS.replace(" ", "") + "\n")
        for row in range(1, count + 1):
            note = notes[row % 4]
            note = f'"{note}"' if "," in note or '"' in note else note
            file.write(f"{row},C{chance.randrange(10**8):08},Name of number {row},{row % 9973}.{price},"
                       f"{row & 1},19{row % 90 + 10}-0{row % 9 + 1}-1{row % 10},"
                       f"2024-01-{row % 28 + 1:02} 18:{row % 60:02}:01,{note}\n")


class Loader:
    """How the engine's own client does the same."""

    def __init__(self, engine, csv):
        self.engine, self.csv = engine, csv
        self.moment = "datetime" if engine.name == "MariaDB" else "timestamp"

    def create(self, database):
        self.engine.fresh(database)
        subprocess.run(
            self.engine.client(TABLE.format(moment=self.moment), database), check=True)

    def load(self, table):
        """The words of the client's script that load the file."""
        if self.engine.name == "PostgreSQL":
            return f"\\copy {table} from '{self.csv}' csv header\n"
        if self.engine.name == "MariaDB":
            return (f"LOAD DATA LOCAL INFILE '{self.csv}' INTO TABLE {table} CHARACTER SET utf8mb4 "
                    "FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '\"' ESCAPED BY '' "
                    "LINES TERMINATED BY '\\n' IGNORE 1 LINES "
                    "(id, code, name, price, active, born, made, @note) SET note = NULLIF(@note, '');\n")
        schema = " --schema temp" if table == "staged" else ""
        return f".import --csv --skip 1{schema} '{self.csv}' {table}\n"

    def upsert(self):
        """A loaded temporary table, and the statement that everybody writes by hand over it."""
        temporary = {
            "PostgreSQL": "CREATE TEMPORARY TABLE staged (LIKE item);\n",
            "MariaDB": "CREATE TEMPORARY TABLE staged LIKE item;\n",
            "SQLite": "CREATE TEMPORARY TABLE staged AS SELECT * FROM item WHERE 0;\n",
        }[self.engine.name]
        names = COLUMNS.split(", ")[1:]
        if self.engine.name == "MariaDB":
            conflict = "ON DUPLICATE KEY UPDATE " + ", ".join(f"{n} = VALUES({n})" for n in names)
        else:
            conflict = "ON CONFLICT (id) DO UPDATE SET " + ", ".join(
                f"{n} = excluded.{n}" for n in names)
        source = "SELECT * FROM staged" + (" WHERE true" if self.engine.name == "SQLite" else "")
        return temporary + self.load("staged") + f"INSERT INTO item {source} {conflict};\n"

    def command(self, script, path, database):
        begin = {"PostgreSQL": "BEGIN;\n", "MariaDB": "START TRANSACTION;\n", "SQLite": "BEGIN;\n"}
        with open(path, "w") as file:
            file.write(begin[self.engine.name] + script + "COMMIT;\n")
        program, *words = self.engine.read(path, database)
        if self.engine.name == "MariaDB":
            words.insert(1, "--local-infile=1")  # behind --no-defaults, which comes first
        return [program, *words]


SCRIPT = """
import csv, sys
engine, where, path = sys.argv[1:]
if engine == "PostgreSQL":
    import psycopg2
    connection, mark = psycopg2.connect(where), "%s"
elif engine == "MariaDB":
    import pymysql
    host, port, user, password, database = where.split()
    connection, mark = pymysql.connect(host=host, port=int(port), user=user, password=password,
                                       database=database, charset="utf8mb4"), "%s"
else:
    import sqlite3
    connection, mark = sqlite3.connect(where), "?"
cursor = connection.cursor()
with open(path, newline="") as file:
    for row in csv.DictReader(file):
        row["note"] = row["note"] or None
        cursor.execute("SELECT 1 FROM item WHERE id = " + mark, (row["id"],))
        if cursor.fetchone() is None:
            if engine == "PostgreSQL":
                row["active"] = row["active"] == "1"
            cursor.execute("INSERT INTO item VALUES (" + ", ".join([mark] * 8) + ")",
                           tuple(row.values()))
connection.commit()
"""


def python(work):
    folder = os.path.join(work, "scripts")
    if not os.path.isdir(folder):
        venv.create(folder, with_pip=True)
        subprocess.run([f"{folder}/bin/pip", "install", "-q", "psycopg2-binary", "PyMySQL"], check=True)
    return f"{folder}/bin/python3"


def rows(table, engine, binary, work, peak_memory):
    """The rows of one engine."""
    name = engine.name
    titles = {
        "insert": f"{name}: seed of {ROWS} rows, against its loader",
        "same": f"{name}: upsert of the same {ROWS} rows, against it by hand",
        "changed": f"{name}: upsert of {ROWS} changed rows, against it by hand",
        "memory": f"{name}: seed of {ROWS} rows, peak memory",
        "script": f"{name}: seed of {FEW} rows, against a Python script",
    }
    if table.only and not any(table.only in title for title in titles.values()):
        return
    folder = os.path.join(work, f"seed-{name}")
    os.makedirs(f"{folder}/migrations"), os.makedirs(f"{folder}/seeds")
    os.chmod(folder, 0o755)
    csv = f"{folder}/seeds/item.csv"
    loader = Loader(engine, csv)
    with open(f"{folder}/migrations/1_item.sql", "w") as file:
        file.write(TABLE.format(moment=loader.moment) + ";\n")
    common = ["--url", engine.url("ours"), "-m", f"{folder}/migrations", "-s", f"{folder}/seeds",
              "-q", "--no-color"]
    mine = [binary, "seed", "--again", *common]

    def write_seed(mode):
        with open(f"{folder}/seeds/010_item.yaml", "w") as file:
            file.write(SEED.format(mode=mode))

    def fresh():
        engine.fresh("ours")
        subprocess.run([binary, "migrate", *common], check=True)

    def theirs(script, name):
        return loader.command(script, f"{folder}/{name}.sql", "theirs")

    write_csv(csv, ROWS, 25)
    write_seed("insert")
    load = theirs(loader.load("item"), "load")
    table.compare(titles["insert"], 1.2, mine, load, (fresh, lambda: loader.create("theirs")), runs=3)
    fresh()
    table.row(titles["memory"], "", "", peak_memory(mine), 60, " MB")
    write_seed("upsert")
    loader.create("theirs")
    subprocess.run(load, check=True, stdout=subprocess.DEVNULL)
    by_hand = theirs(loader.upsert(), "upsert")
    table.compare(titles["same"], 1.3, mine, by_hand, runs=3)
    prices = iter(range(26, 100))
    # Both sides meet the same new file, ours first.
    table.compare(
        titles["changed"], 1.3, mine, by_hand,
        (lambda: write_csv(csv, ROWS, next(prices)), None), runs=3)
    if not table.only or table.only in titles["script"]:
        write_csv(csv, FEW, 25)
        write_seed("insert")
        with open(f"{folder}/script.py", "w") as file:
            file.write(SCRIPT)
        where = {
            "PostgreSQL": lambda: engine.url("theirs").replace("postgres://", "postgresql://"),
            "MariaDB": lambda: f"127.0.0.1 {engine.port} app x theirs",
            "SQLite": lambda: engine.url("theirs")[len("sqlite:"):],
        }[name]()
        script = [python(work), f"{folder}/script.py", name, where, csv]
        table.compare(
            titles["script"], None, mine, script, (fresh, lambda: loader.create("theirs")), runs=3)
    shutil.rmtree(folder)
