"""A correlated lasso and its path beside glmnet, one model a group, parallel plans.

Rows are drawn by a seed.  glmnet has its matrix in memory already and is measured
by its fit alone, within R; ours begins at the table.  They take turns.
"""
import os
import statistics
import subprocess
import tempfile

import numpy as np

import harness

ROUNDS = 5
ROWS, FEATURES, FACTORS = 2331, 309, 25
GROUPS = 35


def array(row):
    return "{" + ",".join(map(repr, map(float, row))) + "}"


# ---- 2,331 rows of 309 features that 25 factors move, beside glmnet ----

class Glmnet:
    """An R process that times fits of a family's rows, asked line by line."""

    def __init__(self, family, x, y):
        self.folder = tempfile.TemporaryDirectory()
        path = os.path.join(self.folder.name, "rows")
        np.savetxt(path, np.column_stack([y, x]), delimiter=",", fmt="%.17g")
        self.process = subprocess.Popen(
            ["Rscript", os.path.join(harness.HERE, "glmnet_times.R"), family, path],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, question):
        """Return the numbers of an answer: seconds first."""
        self.process.stdin.write(question + "\n")
        self.process.stdin.flush()
        return [float(word) for word in self.process.stdout.readline().split()]

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.folder.cleanup()


def has_glmnet():
    try:
        return subprocess.run(["Rscript", "-e", "library(glmnet)"], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL).returncode == 0
    except FileNotFoundError:
        return False


def objective(x, y, classifier, weights, bias, l1):
    """Return the mean loss and the penalty, of features as they are given."""
    margin = x @ weights + bias
    loss = (np.mean(np.logaddexp(0, np.where(y > 0, -margin, margin))) if classifier
            else np.mean((y - margin) ** 2) / 2)
    return loss + l1 * np.abs(weights).sum()


def lasso(connection, family):
    classifier = family == "binomial"
    random = np.random.RandomState(9)
    x = (random.randn(ROWS, FACTORS) @ random.randn(FACTORS, FEATURES)
         + 0.3 * random.randn(ROWS, FEATURES))
    x = (x - x.mean(0)) / x.std(0)
    truth = np.where(random.rand(FEATURES) < 0.1, random.randn(FEATURES), 0.0)
    y = x @ truth + 2 * random.randn(ROWS)
    y = (y > 0).astype(float) if classifier else (y - y.mean()) / y.std()
    table = "lasso_" + family
    harness.load(connection, table, "x float8[], y %s" % ("boolean" if classifier else "float8"), (
        "%s\t%s\n" % (array(row), ("f", "t")[int(v)] if classifier else repr(float(v)))
        for row, v in zip(x, y)))
    peer = Glmnet(family, x, y)
    largest = np.abs(x.T @ (y - y.mean())).max() / ROWS
    l1 = largest / 1000
    base = ('"normalize_data": false, "normalize_label": false, '
            + ('' if classifier else '"predictor_type": "regressor", '))
    one = "{%s\"wd\": 0, \"l1\": %r}" % (base, l1)
    path = "{%s\"l1\": \"path\"}" % base
    for what, options, question in (
            ("one value of l1", one, "one %r" % l1), ("100 values by 5 folds", path, "path")):
        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append(harness.seconds_once(
                connection, f"SELECT linlearn_train(x, y, %s) FROM {table}", options))
            theirs.append(peer.ask(question))
        harness.figure("%s, %s" % ("logistic lasso" if classifier else "lasso", what),
                       statistics.median(ours), "s",
                       at_most=statistics.median(t[0] for t in theirs),
                       peer=("glmnet" if what[0] == "o" else "cv.glmnet",
                             statistics.median(t[0] for t in theirs)))
        if what[0] == "o":
            rows = harness.query(connection, "SELECT w.feature, w.weight FROM (SELECT"
                                 f" linlearn_train(x, y, %s) AS m FROM {table}) t,"
                                 " linlearn_weights(m) w ORDER BY w.feature NULLS LAST", one)
            weights = np.array([r[1] for r in rows])
            exact = peer.ask("exact %r" % l1)[1:]
            harness.figure(
                "its objective, relative to glmnet's at thresh = 1e-14, less 1",
                objective(x, y, classifier, weights[:-1], weights[-1], l1)
                / objective(x, y, classifier, np.array(exact[1:]), exact[0], l1) - 1,
                at_most=1e-6, digits=9)
    peer.close()


# ---- One model a group: rows that come in any order ----

def groups(connection):
    harness.query(connection, "SELECT setseed(0.5)")
    harness.query(connection, f"""CREATE TABLE sales AS SELECT i % {GROUPS} AS region,
        ARRAY[random(), random(), random(), random(), random()]::float8[] AS x,
        random() AS y FROM generate_series(1, 700000) i""")
    harness.query(connection, """CREATE TABLE sales_models AS SELECT region,
        linlearn_train(x, y, '{"predictor_type": "regressor"}') AS model
        FROM sales GROUP BY region""")
    harness.query(connection, "CREATE TABLE sales_sorted AS SELECT * FROM sales ORDER BY region")
    harness.query(connection, "VACUUM (ANALYZE, FREEZE) sales")
    harness.query(connection, "VACUUM (ANALYZE, FREEZE) sales_sorted")
    single = harness.connect(max_parallel_workers_per_gather=0, enable_mergejoin="off",
                             enable_nestloop="off")
    ask = ("SELECT sum(linlearn_predict(m.model, s.x)) FROM %s s"
           " JOIN sales_models m USING (region)")
    rounds = [(harness.seconds_once(single, ask % "sales"),
               harness.seconds_once(single, ask % "sales_sorted")) for _ in range(ROUNDS)]
    ours, floor = (statistics.median(t) for t in zip(*rounds))
    harness.figure(f"predict by the models of {GROUPS} groups, rows in any order", ours, "s",
                   at_most=1.5 * floor, peer=("rows sorted by group", floor))


# ---- Plans with workers: chosen where they gain, and not slower ----

def plans(connection):
    draw = ", ".join(["random() - 0.5"] * 20)
    harness.query(connection, f"""CREATE TABLE plan_rows AS SELECT x, x[1] - x[2] + random() AS y
        FROM (SELECT ARRAY[{draw}]::float8[] AS x FROM generate_series(1, 500000)) t""")
    harness.query(connection, "VACUUM (ANALYZE, FREEZE) plan_rows")
    serial = harness.connect(max_parallel_workers_per_gather=0)
    for what, sql in (
            ("logistic", "SELECT linlearn_train(x, y > 0.5) FROM plan_rows"),
            ("least squares", "SELECT linlearn_train(x, y, '{\"predictor_type\":"
                              " \"regressor\"}') FROM plan_rows"),
            ("roc_auc", "SELECT linlearn_roc_auc(y > 0.5, x[1]) FROM plan_rows")):
        rounds = [(harness.seconds_once(connection, sql), harness.seconds_once(serial, sql))
                  for _ in range(ROUNDS)]
        ours, theirs = (statistics.median(t) for t in zip(*rounds))
        harness.figure(f"500,000 rows x 20, {what}, the plan that is chosen", ours, "s",
                       at_most=1.05 * theirs, peer=("without workers", theirs))


def main():
    connection = harness.connect()
    if has_glmnet():
        lasso(connection, "gaussian")
        lasso(connection, "binomial")
    else:
        print("  no glmnet in R: the lasso is left out", flush=True)
    groups(connection)
    plans(connection)


main()
