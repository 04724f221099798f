"""Load the digits, run the bench pieces, print their figures as one table.

usage: run.py [NN...]   (inside scripts/cluster; see make bench)

With BENCH_WRITE set, each piece's figures also replace those of its block in
docs/measured.md, between <!-- bench NN --> and <!-- end -->.
"""
import datetime
import glob
import json
import os
import platform
import subprocess
import sys
import tempfile

import psycopg2

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness


def machine():
    """Describe processor, memory and versions, one line each."""
    model = "unknown processor"
    with open("/proc/cpuinfo") as cpuinfo:
        for line in cpuinfo:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    import numpy
    import sklearn
    with harness.connect() as connection:
        server = harness.value(connection, "SHOW server_version")
    yield f"machine: {os.cpu_count()} x {model}, {os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') >> 30} GB, {platform.platform()}"
    yield f"versions: PostgreSQL {server}, scikit-learn {sklearn.__version__}, numpy {numpy.__version__}, Python {platform.python_version()}"
    openblas = {k: v for k, v in os.environ.items() if k.startswith("OPENBLAS_")}
    if openblas:
        yield "environment: " + ", ".join(f"{k}={v}" for k, v in sorted(openblas.items()))


def prepare():
    """Create the database and load the digits that scripts/mnist finds."""
    scripts = os.path.join(harness.HERE, "..", "scripts")
    source = subprocess.run(
        [os.path.join(scripts, "mnist"),
         os.path.join(os.environ["LINLEARN_CLUSTER"], "files", "mnist")],
        check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    admin = psycopg2.connect(dbname="postgres")
    admin.autocommit = True
    admin.cursor().execute(f"CREATE DATABASE {harness.DATABASE}")
    connection = harness.connect()
    harness.query(connection, "CREATE EXTENSION linlearn")
    harness.query(connection, "SELECT * FROM linlearn_load_mnist(%s)", source)
    harness.query(connection, "VACUUM (ANALYZE, FREEZE) linlearn_mnist")
    # The bytes of the test pictures tell MNIST from its stand-ins.
    mnist = harness.value(connection, "SELECT md5(string_agg(pixels, '' ORDER BY id)) = %s"
                          " FROM linlearn_mnist WHERE split = 'test'",
                          TEST_PIXELS_MD5)
    harness.query(connection, "CREATE TABLE bench_source AS SELECT %s AS source,"
                  " %s::boolean AS mnist", source, mnist)
    return source


HEADER = ["| figure | measured | target | met | peer, same run |", "|---|---|---|---|---|"]


def table(figures):
    """Return the lines of a table of figures."""
    return HEADER + ["| " + " | ".join(harness.cells(row)) + " |" for row in figures]


def write(blocks):
    """Put the figures of pieces, by number, into their blocks of docs/measured.md."""
    path = os.path.join(harness.HERE, "..", "docs", "measured.md")
    computer, versions = list(machine())[:2]
    about = (f"{datetime.date.today()}, {computer.split(': ')[1].rsplit(', ', 1)[0]};"
             f" {versions.split(': ')[1]}")
    with open(path) as page:
        text = page.read()
    for number, figures in blocks.items():
        start, end = f"<!-- bench {number} -->", "<!-- end -->"
        if start not in text:
            print(f"bench: docs/measured.md has no block for {number}", file=sys.stderr)
            continue
        before, rest = text.split(start, 1)
        lines = [start, f"*{about}*", "", *table(figures), ""]
        text = before + "\n".join(lines) + "\n" + end + rest.split(end, 1)[1]
    with open(path, "w") as page:
        page.write(text)


TEST_PIXELS_MD5 = "240610fa99e73bfa49df8e7fc24d3206"


def main():
    source = prepare()
    blocks = {}
    failed = 0
    for piece in sorted(glob.glob(os.path.join(harness.HERE, "[0-9][0-9]_*.py"))):
        name = os.path.basename(piece)
        if sys.argv[1:] and not any(name.startswith(n) for n in sys.argv[1:]):
            continue
        print(f"bench: {name}", file=sys.stderr, flush=True)
        with tempfile.NamedTemporaryFile("r") as rows:
            environment = dict(os.environ, BENCH_ROWS=rows.name,
                               PYTHONDONTWRITEBYTECODE="1")
            if subprocess.run([sys.executable, piece], env=environment).returncode:
                print(f"bench: {name} FAILED", file=sys.stderr)
                failed += 1
            else:
                blocks[name[:2]] = [json.loads(line) for line in rows]
    figures = sum(blocks.values(), [])
    print()
    for line in machine():
        print(line)
    print(f"data: {source}\n")
    print("\n".join(table(figures)))
    missed = sum(row["met"] is False for row in figures)
    print(f"\n{len(figures)} figures, {missed} below their target,"
          f" {failed} pieces failed")
    if os.environ.get("BENCH_WRITE"):
        write(blocks)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
