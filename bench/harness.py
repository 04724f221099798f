"""What every bench piece uses: a connection, medians, and rows of the table.

A piece is bench/NN_topic.py.  It measures, calls figure() once for each figure
of interest, and ends; run.py picks it up and prints all figures as one table.
"""
import json
import os
import statistics
import subprocess
import sys
import time

import psycopg2

HERE = os.path.dirname(os.path.abspath(__file__))
DATABASE = "bench"


def connect(**settings):
    """Open a session of its own, with the given settings."""
    connection = psycopg2.connect(dbname=DATABASE)
    connection.autocommit = True
    with connection.cursor() as cursor:
        for name, value in settings.items():
            cursor.execute("SELECT set_config(%s, %s, false)",
                           (name.replace("__", "."), str(value)))
    return connection


def query(connection, sql, *arguments):
    """Return all rows of a query; no rows for a statement without a result."""
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments or None)
        return cursor.fetchall() if cursor.description else []


def value(connection, sql, *arguments):
    """Return the one value of a query."""
    return query(connection, sql, *arguments)[0][0]


class Lines:
    """Lines as COPY reads them, made as they are asked for."""

    def __init__(self, lines):
        self.lines, self.rest = iter(lines), ""

    def read(self, size):
        while len(self.rest) < size:
            line = next(self.lines, None)
            if line is None:
                break
            self.rest += line
        part, self.rest = self.rest[:size], self.rest[size:]
        return part


def load(connection, table, columns, lines):
    """Make a table of lines as COPY reads them."""
    query(connection, f"CREATE TABLE {table} ({columns})")
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} FROM STDIN", Lines(lines))
    query(connection, f"VACUUM (ANALYZE, FREEZE) {table}")


def took(call):
    """Return the wall time of a call, and its value."""
    start = time.perf_counter()
    result = call()
    return time.perf_counter() - start, result


def seconds(connection, sql, *arguments, runs=5):
    """Return the median wall time of a query, without a first warming run."""
    query(connection, sql, *arguments)
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        query(connection, sql, *arguments)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def seconds_once(connection, sql, *arguments):
    """Return the wall time of a query."""
    start = time.perf_counter()
    query(connection, sql, *arguments)
    return time.perf_counter() - start


def peer(name, source=None, **options):
    """Run one fit of sklearn_peer.py in a process of its own, as a dict.

    source is a folder of idx files; without it, the loaded digits'.
    """
    source = source or value(connect(), "SELECT source FROM bench_source")
    output = subprocess.run(
        [sys.executable, os.path.join(HERE, "sklearn_peer.py"), source, name,
         json.dumps(options)], check=True, stdout=subprocess.PIPE).stdout
    return json.loads(output)


def status_kb(pid, field):
    """Return a kB field of /proc/PID/status, such as VmHWM."""
    with open(f"/proc/{pid}/status") as status:
        for line in status:
            if line.startswith(field + ":"):
                return int(line.split()[1])
    raise KeyError(field)


def processor_seconds(pid):
    """Return the processor time that a process and its threads have taken."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cost(what, sql, scan):
    """Report what a training takes beside its time: of a backend of its own.

    scan is a query that reads the table once and does next to nothing: the floor.
    """
    connection = connect(max_parallel_workers_per_gather=0, jit="off")
    pid = value(connection, "SELECT pg_backend_pid()")
    floor = seconds(connection, scan, runs=3)
    base = status_kb(pid, "VmHWM") - status_kb(pid, "RssShmem")
    before, start = processor_seconds(pid), time.perf_counter()
    query(connection, sql)
    wall = time.perf_counter() - start
    figure(f"{what}, in scans of the table", wall / floor, digits=1)
    figure(f"{what}, processor time", processor_seconds(pid) - before, "s", digits=2)
    figure(f"{what}, peak memory",
           (status_kb(pid, "VmHWM") - status_kb(pid, "RssShmem") - base) / 1024, "MB", digits=0)


def real_digits():
    """Say whether the loaded digits are the classic MNIST."""
    return value(connect(), "SELECT mnist FROM bench_source")


def figure(what, measured, unit="", at_most=None, at_least=None, peer=None,
           digits=3, mnist_only=False):
    """Report one figure: its target and its ratio to a peer, where it has them.

    mnist_only drops the target when other digits than MNIST are loaded.
    """
    if mnist_only and not real_digits():
        at_most = at_least = None
    met = None
    if at_most is not None:
        met = bool(measured <= at_most)
    if at_least is not None:
        met = bool(measured >= at_least)
    row = dict(what=what, measured=measured, unit=unit, at_most=at_most,
               at_least=at_least, peer=peer, digits=digits, met=met)
    path = os.environ.get("BENCH_ROWS")
    if path:
        with open(path, "a") as rows:
            rows.write(json.dumps(row) + "\n")
    print("  " + " | ".join(cells(row)), file=sys.stderr, flush=True)


def number(x, digits):
    """Write a number for people."""
    if isinstance(x, str):
        return x
    if isinstance(x, int) or abs(x) >= 1000:
        return f"{x:,.0f}"
    return f"{x:.{digits}f}" if x == 0 or abs(x) >= 10 ** -digits else f"{x:.1e}"


def cells(row):
    """Return the table cells of a figure."""
    unit = " " + row["unit"] if row["unit"] else ""
    target = ""
    if row["at_most"] is not None:
        target = "≤ " + number(row["at_most"], row["digits"]) + unit
    if row["at_least"] is not None:
        target = "≥ " + number(row["at_least"], row["digits"]) + unit
    beside = ""
    if row["peer"] is not None:
        name, theirs = row["peer"]
        beside = f"{number(theirs, row['digits'])}{unit} ({name})"
        if theirs and row["measured"]:
            beside += f", ratio {row['measured'] / theirs:.2f}"
    verdict = {True: "yes", False: "**no**", None: ""}[row["met"]]
    return [row["what"], number(row["measured"], row["digits"]) + unit, target,
            verdict, beside]
