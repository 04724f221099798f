"""The real tables, loaded as an analyst would: each column in its natural type.

A column with quotes around its values is text, whole numbers are integer,
other numbers double precision, days date; an empty field is NULL.
"""
import csv
import gzip
import io
import os
import re

import harness

TABLES = os.environ.get("LINLEARN_TABLES", "")
PACKAGES = ("id", "package", "section", "description", "long_description",
            "maintainer", "architecture", "priority", "size", "installed_size",
            "depends", "tags", "host")
FIELD = re.compile(r'"(?:[^"]|"")*"|[^,"]+|(?<=,)(?=,|$)|^(?=,)')


def at_hand():
    """Say whether there are real tables; a message where there are none."""
    if not TABLES:
        print("  no real tables at hand (LINLEARN_TABLES names their folder)",
              flush=True)
    return bool(TABLES)


def column_type(values, quoted):
    """Return the SQL type of the values of a column that are not empty."""
    if quoted or not values:
        return "text"
    for pattern, name in ((r"-?\d{1,9}", "integer"),
                          (r"-?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", "double precision"),
                          (r"\d{4}-\d\d-\d\d", "date")):
        if all(re.fullmatch(pattern, value) for value in values):
            return name
    return "text"


def distinct_names(names):
    """Return names none of which is there twice."""
    return [name if names.index(name) == i else f"{name}_{names[:i].count(name) + 1}"
            for i, name in enumerate(names)]


def read(name):
    """Return a table's column names, types and CSV without its header."""
    with gzip.open(os.path.join(TABLES, name + ".csv.gz"), "rt",
                   encoding="utf-8", newline="") as file:
        header = file.readline()
        body = file.read()
    rows = list(csv.reader(io.StringIO(body)))
    names = distinct_names(next(csv.reader([header])))
    quoted = set()
    for line in body.splitlines():
        quoted.update(i for i, field in enumerate(FIELD.findall(line))
                      if field.startswith('"'))
    types = [column_type([row[i] for row in rows if row[i]], i in quoted)
             for i in range(len(names))]
    return names, types, body


def load(connection, name):
    """Create a table, fill it, and return its columns' types by name."""
    names, types, body = read(name)
    columns = ", ".join(f'"{n}" {t}' for n, t in zip(names, types))
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {name}")
        cursor.execute(f"CREATE TABLE {name} ({columns})")
        cursor.copy_expert(f"COPY {name} FROM STDIN (FORMAT csv, FORCE_NULL ({', '.join(chr(34) + n + chr(34) for n in names)}))",
                           io.StringIO(body))
    harness.query(connection, f"VACUUM (ANALYZE, FREEZE) {name}")
    return dict(zip(names, types))


def load_packages(connection):
    """Create the table of Debian's packages, which has no header."""
    types = {name: "text" for name in PACKAGES}
    types.update(id="integer", size="bigint", installed_size="bigint",
                 depends="integer", tags="text[]")
    with gzip.open(os.path.join(TABLES, "packages.csv.gz"), "rt",
                   encoding="utf-8", newline="") as file, \
            connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS packages")
        cursor.execute("CREATE TABLE packages (" +
                       ", ".join(f"{n} {t}" for n, t in types.items()) + ")")
        cursor.copy_expert("COPY packages FROM STDIN (FORMAT csv)", file)
    harness.query(connection, "VACUUM (ANALYZE, FREEZE) packages")
    return types
