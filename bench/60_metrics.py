"""Metric aggregates over 10,000,000 rows, one core, work_mem 4 MB.

Each is set beside count(*) FILTER (WHERE a = b), avg(s) over the same rows,
run in turn with it; areas under curves sort, so they have a time of their own.
"""
import threading
import time

import harness

PLAIN = "SELECT count(*) FILTER (WHERE a = b), avg(s) FROM judged"
AUC = "SELECT linlearn_roc_auc(a, s) FROM judged"

connection = harness.connect(max_parallel_workers_per_gather=0,
                             work_mem="4MB", jit="off")
harness.query(connection, """
    CREATE UNLOGGED TABLE judged AS
    SELECT random() < 0.3 AS a, random() < 0.3 AS b, random() AS s,
        (random() * 10)::int AS c, (random() * 10)::int AS d
    FROM generate_series(1, 10000000)""")
harness.query(connection, "VACUUM (ANALYZE, FREEZE) judged")


def once(sql):
    """Return the wall time of one run."""
    start = time.perf_counter()
    harness.query(connection, sql)
    return time.perf_counter() - start


def against_plain(sql):
    """Return the best of five runs over the best of five of PLAIN."""
    pairs = [(once(sql), once(PLAIN)) for _ in range(5)]
    return min(p[0] for p in pairs) / min(p[1] for p in pairs)


def peak_memory(sql):
    """Return by how many MB a fresh backend's own memory grows in a query."""
    backend = harness.connect(max_parallel_workers_per_gather=0,
                              work_mem="4MB", jit="off")
    pid = harness.value(backend, "SELECT pg_backend_pid()")
    harness.query(backend, sql + " LIMIT 0")
    before = harness.status_kb(pid, "RssAnon")
    peak = before
    run = threading.Thread(target=harness.query, args=(backend, sql))
    run.start()
    while run.is_alive():
        peak = max(peak, harness.status_kb(pid, "RssAnon"))
        time.sleep(0.005)
    return (peak - before) / 1024


once(PLAIN)
harness.figure("count and avg of 10M rows", round(once(PLAIN), 3), "s")
for what, call in (("confusion, 2 labels", "linlearn_confusion(a, b)"),
                   ("confusion, 11 labels", "linlearn_confusion(c, d)"),
                   ("metrics, 2 labels", "linlearn_metrics(a, b)"),
                   ("metrics, 11 labels", "linlearn_metrics(c, d)"),
                   ("metrics, values", "linlearn_metrics(s, s + 0.1)"),
                   ("log_loss", "linlearn_log_loss(a, s)"),
                   ("calibration", "linlearn_calibration(a, s)")):
    harness.figure(f"{what}, 10M rows, against count and avg",
                   round(against_plain(f"SELECT {call} FROM judged"), 2), "x",
                   at_most=2)
harness.figure("roc_auc, 10M rows", round(min(once(AUC) for _ in range(3)), 2),
               "s", at_most=4)
harness.figure("roc_auc, 10M rows, memory", round(peak_memory(AUC), 1), "MB",
               at_most=8)
harness.figure(
    "metrics with scores, 10M rows",
    round(min(once("SELECT linlearn_metrics(a, b, s) FROM judged")
              for _ in range(3)), 2), "s", at_most=4)
harness.query(connection, "SET max_parallel_workers_per_gather = 2")
harness.query(connection, "SET linlearn.parallel_rows = on")
harness.figure("roc_auc, 10M rows, 2 workers",
               round(min(once(AUC) for _ in range(3)), 2), "s")
harness.query(connection, "DROP TABLE judged")
