"""The tutorial's training: quality, time beside scikit-learn, memory, sameness."""
import hashlib
import statistics
import time

import harness

TUTORIAL = """SELECT linlearn_train(pixels, label = 0,
  '{"predictor_type": "binary_classifier", "mini_batch_size": 200}', split)
  FROM %s WHERE split IN ('train', 'validation')"""
SEEDS = """
  WITH models AS (SELECT seed, linlearn_train(pixels, label = 0, jsonb_build_object(
        'predictor_type', 'binary_classifier', 'mini_batch_size', 200,
        'seed', seed), split) AS model
      FROM linlearn_mnist, generate_series(0, 4) AS seed
      WHERE split IN ('train', 'validation') GROUP BY seed),
    judged AS (SELECT linlearn_metrics(label = 0,
        linlearn_predict(model, pixels) = 1) AS figures
      FROM models, linlearn_mnist WHERE split = 'test' GROUP BY seed)
  SELECT avg((figures ->> 'f_beta')::float8) FROM judged"""
TEN = """SELECT linlearn_train(pixels, label,
  '{"predictor_type": "multiclass_classifier", "mini_batch_size": 200}', split)
  FROM linlearn_mnist WHERE split IN ('train', 'validation')"""


def timed(connection, sql, runs):
    """Return the model and the median wall time of a training."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        model = bytes(harness.value(connection, sql))
        times.append(time.perf_counter() - start)
    return model, statistics.median(times)


def binary(connection):
    model, took = timed(connection, TUTORIAL % "linlearn_mnist", 3)
    tp, fp, fn, tn = harness.query(connection, """
        SELECT count(*) FILTER (WHERE y AND p), count(*) FILTER (WHERE NOT y AND p),
            count(*) FILTER (WHERE y AND NOT p), count(*) FILTER (WHERE NOT y AND NOT p)
        FROM (SELECT label = 0 AS y, linlearn_predict(%s, pixels) = 1 AS p
            FROM linlearn_mnist WHERE split = 'test') x""", model)[0]
    theirs = harness.peer("logistic")
    harness.figure("tutorial, test F1", 2 * tp / (2 * tp + fp + fn), at_least=0.961,
                   peer=("LogisticRegression", theirs["f1"]), digits=4, mnist_only=True)
    harness.figure("tutorial, test F1, mean over 5 seeds",
                   harness.value(connection, SEEDS), at_least=0.962, digits=4,
                   mnist_only=True)
    harness.figure("tutorial, test accuracy", (tp + tn) / (tp + fp + fn + tn),
                   at_least=0.9925, peer=("LogisticRegression", theirs["accuracy"]),
                   digits=4, mnist_only=True)
    harness.figure("tutorial, table to model", took, "s", at_most=theirs["seconds"] / 2,
                   peer=("LogisticRegression.fit", theirs["seconds"]))


def many_models(connection):
    """All epochs of 32 candidates beside those of one, and beside one fit."""
    def took(models):
        return timed(connection, (TUTORIAL % "linlearn_mnist").replace(
            '200}', f'200, "num_models": {models}, "epochs": 15,'
            ' "early_stopping_patience": 1000}'), 3)[1]

    one, many = took(1), took(32)
    theirs = harness.peer("logistic")["seconds"]
    harness.figure("32 models, time of one model's", many / one, at_most=2.5, digits=2)
    harness.figure("32 models, table to model", many, "s", at_most=theirs,
                   peer=("LogisticRegression.fit", theirs))


def ten_classes(connection):
    model, took = timed(connection, TEN, 3)
    accuracy = harness.value(connection, """
        SELECT avg((linlearn_predict(%s, pixels) = label)::int)::float8
        FROM linlearn_mnist WHERE split = 'test'""", model)
    theirs = harness.peer("softmax")
    harness.figure("10 classes, test accuracy", accuracy, at_least=0.926,
                   peer=("LogisticRegression", theirs["accuracy"]), digits=4,
                   mnist_only=True)
    harness.figure("10 classes, table to model", took, "s",
                   peer=("LogisticRegression.fit", theirs["seconds"]))


def regressor(connection):
    """A noiseless linear problem: the weights are known."""
    harness.query(connection, """
        CREATE TEMPORARY TABLE plane AS
        SELECT array_agg(x ORDER BY j)::float8[] AS x,
            3 + sum(x * (j - 5.5)) AS y
        FROM (SELECT i, j, ((i * 7919 + j * 104729 + i::bigint * i * j * 31) % 10007)
                / 10007.0 AS x
            FROM generate_series(1, 20000) i, generate_series(1, 10) j) t
        GROUP BY i""")
    worst = harness.value(connection, """
        WITH m AS MATERIALIZED (SELECT linlearn_train(x, y,
            '{"predictor_type": "regressor"}') AS model FROM plane)
        SELECT max(abs(linlearn_predict(model, x) - y)) / max(abs(y))
        FROM m, plane""")
    harness.figure("regressor, largest error relative to the closed form",
                   float(worst), at_most=1e-3, digits=5)


def memory():
    """The peak of a backend that has touched the table before."""
    connection = harness.connect(max_parallel_workers_per_gather=0)
    pid = harness.value(connection, "SELECT pg_backend_pid()")
    rows = harness.value(connection, "SELECT sum(octet_length(pixels)) FROM"
                         " linlearn_mnist WHERE split IN ('train', 'validation')")
    before = harness.status_kb(pid, "VmHWM")
    harness.value(connection, TUTORIAL % "linlearn_mnist")
    peak = (harness.status_kb(pid, "VmHWM") - before) / 1024
    harness.figure("peak memory of training", peak, "MB",
                   at_most=2 * rows / 2 ** 20 + 64, digits=0)


def row_path():
    """Collecting 60,000 rows beside a scan that only looks at their lengths.

    The aggregate ends where training would start: its final function is a
    stand-in that takes the state and does nothing.  What else the machine does
    disturbs both alike while they take turns, so each round has its own ratio.
    """
    connection = harness.connect(max_parallel_workers_per_gather=0)
    for sql in (
            """CREATE TABLE row_path AS SELECT label = 0 AS label, pixels FROM linlearn_mnist
               WHERE split IN ('train', 'validation')""",
            """CREATE FUNCTION pg_temp.ignore_state(internal) RETURNS integer
               LANGUAGE internal AS 'pg_backend_pid'""",
            """CREATE AGGREGATE pg_temp.collect_rows(anyelement, "any") (
               SFUNC = linlearn_train_transition, STYPE = internal,
               FINALFUNC = pg_temp.ignore_state)"""):
        harness.query(connection, sql)
    took = [[harness.seconds(connection, sql + " FROM row_path", runs=3)
             for sql in ("SELECT sum(octet_length(pixels))",
                         "SELECT pg_temp.collect_rows(pixels, label)")]
            for _ in range(21)]
    harness.figure("rows collected, time of sum(octet_length)",
                   statistics.median(collected / lengths
                                     for lengths, collected in took),
                   at_most=2, digits=2)
    harness.query(connection, "DROP TABLE row_path")


def sameness(connection):
    """The model's bytes, whatever the order of rows and the plan."""
    def digest(sql, **settings):
        session = harness.connect(**settings)
        return hashlib.sha256(bytes(harness.value(session, sql))).hexdigest()

    for name, order in (("sorted", "label, id"), ("reversed", "split DESC, id DESC")):
        harness.query(connection, f"CREATE TABLE digits_{name} AS"
                      f" SELECT * FROM linlearn_mnist ORDER BY {order}")
    digests = {
        digest(TUTORIAL % "linlearn_mnist", max_parallel_workers_per_gather=0),
        digest(TUTORIAL % "digits_sorted", max_parallel_workers_per_gather=0),
        digest(TUTORIAL % "digits_reversed", max_parallel_workers_per_gather=0),
        digest(TUTORIAL % "linlearn_mnist", max_parallel_workers_per_gather=2,
               parallel_setup_cost=0, parallel_tuple_cost=0,
               min_parallel_table_scan_size=0),
        digest(TUTORIAL % "linlearn_mnist", linlearn__threads=1),
        digest(TUTORIAL % "linlearn_mnist", linlearn__threads=2),
    }
    harness.figure("different models from sorted, reversed, parallel, threaded runs",
                   len(digests), at_most=1)
    harness.query(connection, "DROP TABLE digits_sorted, digits_reversed")


session = harness.connect()
binary(session)
many_models(session)
ten_classes(session)
regressor(session)
memory()
row_path()
sameness(session)
