"""Rows of tables: quality, equality to a matrix made by hand, speed, memory.

The five jobs are what a user writes and nothing more; the peer is the pipeline
of tables_peer.py.  Each split takes 70 % of the rows by a hash of id to train
and judges on the others; differences are of the same rows, and the error of
their mean over splits allows for the rows that splits share (Nadeau and Bengio
2003).  Other pieces take turns with their peers and quote ratios.
"""
import json
import math
import os
import statistics
import subprocess
import sys
import time
import warnings

import numpy as np
from sklearn import metrics
from sklearn.svm import LinearSVC
from scipy import sparse

import harness
import sql_tables
import tables_peer

SPLITS = 5
PART = 0.7
IN_TRAIN = f"(hashint8extended(id, %s) & 1023) < {int(PART * 1024)}"

# What a user writes: table to model, and a list of scores.
JOBS = {
    "churn": """
SELECT linlearn_train(c, churn, '{"exclude": ["id", "churn"]}') AS model
FROM churn c WHERE in_train""",
    "credit": """
SELECT linlearn_train(c, status, '{"exclude": ["id", "status"]}') AS model
FROM credit c WHERE in_train""",
    "mortgages": """
SELECT linlearn_train(m, deny, '{"exclude": ["id", "deny"]}') AS model
FROM mortgages m WHERE in_train""",
    "houses": """
SELECT linlearn_train(h, ln(sale_price),
    '{"exclude": ["id", "sale_price"], "predictor_type": "regressor"}') AS model
FROM houses h WHERE in_train""",
    "packages": """
SELECT linlearn_train(x, section) AS model FROM packages p, LATERAL (SELECT
    to_tsvector('english', package || ' ' || description) AS words) x WHERE in_train""",
    "packages, hinge": """
SELECT linlearn_train(x, section, '{"loss": "multiclass_hinge_loss"}') AS model
FROM packages p, LATERAL (SELECT
    to_tsvector('english', package || ' ' || description) AS words) x WHERE in_train""",
    "packages, maintainer and tags": """
SELECT linlearn_train(x, section) AS model FROM packages p, LATERAL (SELECT maintainer, tags,
    to_tsvector('english', package || ' ' || description) AS words) x WHERE in_train""",
}
SCORED = {
    "churn": "SELECT id, churn AS label, linlearn_score(model, c) AS score FROM model, churn c",
    "credit": "SELECT id, status AS label, linlearn_score(model, c) AS score FROM model, credit c",
    "mortgages": "SELECT id, deny AS label, linlearn_score(model, m) AS score"
                 " FROM model, mortgages m",
    "houses": "SELECT id, ln(sale_price) AS label, linlearn_predict(model, h) AS score"
              " FROM model, houses h",
    "packages": """
SELECT id, section AS label, linlearn_predict_label(model, x) AS score
FROM model, packages p, LATERAL (SELECT
    to_tsvector('english', package || ' ' || description) AS words) x""",
    "packages, maintainer and tags": """
SELECT id, section AS label, linlearn_predict_label(model, x) AS score
FROM model, packages p, LATERAL (SELECT maintainer, tags,
    to_tsvector('english', package || ' ' || description) AS words) x""",
}
SCORED["packages, hinge"] = SCORED["packages"]
LABELS = {"churn": "churn", "credit": "status", "mortgages": "deny", "houses": "sale_price"}


# ---- Quality ----

def linlearn_scores(connection, job, seed):
    """Return labels and scores of the test rows of a split, by id."""
    harness.query(connection, "DROP TABLE IF EXISTS model")
    harness.query(connection, "CREATE TEMPORARY TABLE model AS"
                  + JOBS[job].replace("in_train", IN_TRAIN), seed)
    rows = harness.query(connection, f"SELECT label, score FROM ({SCORED[job]}) s"
                         f" WHERE NOT {IN_TRAIN} ORDER BY id", seed)
    return [row[0] for row in rows], [row[1] for row in rows]


def table_scores(connection, table, seed):
    """Return the peer's scores of the same rows."""
    label = LABELS[table]
    parts = [tables_peer.frame(connection, f"SELECT * FROM {table} WHERE {which} {IN_TRAIN}"
                               " ORDER BY id", seed) for which in ("", "NOT")]
    target = parts[0][label]
    for part in parts:
        part.drop(columns=["id", label], inplace=True)
    if table == "houses":
        return tables_peer.regressor().fit(parts[0], np.log(target)).predict(parts[1])
    model = tables_peer.classifier().fit(parts[0], target)
    return model.predict_proba(parts[1])[:, 1]


def package_scores(connection, job, seed):
    """Return LinearSVC's answers for the test rows of packages."""
    parts = [harness.query(connection, f"""SELECT to_tsvector('english',
        package || ' ' || description)::text, maintainer, tags, section FROM packages
        WHERE {which} {IN_TRAIN} ORDER BY id""", seed) for which in ("", "NOT")]
    columns = [list(zip(*part)) for part in parts]
    pairs = [tables_peer.words(columns[0][0], columns[1][0])]
    if "maintainer" in job:
        pairs += [tables_peer.one_hot(columns[0][i], columns[1][i]) for i in (1, 2)]
    train, test = (sparse.hstack(side).tocsr() for side in zip(*pairs))
    return LinearSVC().fit(train, columns[0][3]).predict(test)


def judge(job, labels, scores):
    """Return the metrics of a job, by name; more is better but for losses."""
    if job == "houses":
        y, p = np.array(labels, float), np.array(scores, float)
        return {"R2": metrics.r2_score(y, p),
                "RMSE": math.sqrt(metrics.mean_squared_error(y, p))}
    if job.startswith("packages"):
        return {"accuracy": metrics.accuracy_score(labels, list(scores))}
    y = np.array(labels) == max(set(labels))  # as both order classes
    p = np.array(scores, float)
    return {"log loss": metrics.log_loss(y, p), "AUC": metrics.roc_auc_score(y, p),
            "accuracy": metrics.accuracy_score(y, p >= 0.5)}


def error_of_mean(differences):
    """Return the standard error of a mean over splits that share rows."""
    return math.sqrt((1 / len(differences) + (1 - PART) / PART)
                     * statistics.variance(differences))


def quality(connection):
    for job in JOBS:
        ours, theirs = [], []
        for seed in range(1, SPLITS + 1):
            labels, scores = linlearn_scores(connection, job, seed)
            peer = (package_scores if job.startswith("packages") else table_scores)(
                connection, job, seed)
            ours.append(judge(job, labels, scores))
            theirs.append(judge(job, labels, peer))
        for metric in ours[0]:
            a = statistics.mean(row[metric] for row in ours)
            b = statistics.mean(row[metric] for row in theirs)
            noise = 2 * error_of_mean([x[metric] - y[metric] for x, y in zip(ours, theirs)])
            less = metric in ("log loss", "RMSE")
            harness.figure(f"{job}, test {metric}, difference {a - b:+.5f} ± {noise / 2:.5f}",
                           a, at_most=b + noise if less else None,
                           at_least=None if less else b - noise,
                           peer=("scikit-learn", b), digits=4)


# ---- The same model on a matrix made by hand ----

HAND = os.path.join(harness.HERE, "..", "test", "t", "hand_matrix.sql")
BY_HAND = [("churn", "churn", "{}"), ("credit", "status", "{}"), ("mortgages", "deny", "{}"),
           ("votes", "class", "{}"), ("penguins", "species", "{}"),
           ("houses", "sale_price", '{"predictor_type": "regressor"}'),
           ("wages", "wage", '{"predictor_type": "regressor"}')]


def by_hand(connection):
    harness.query(connection, "DROP FUNCTION IF EXISTS hand_levels, hand_terms, hand_matrix")
    with open(HAND) as sql:
        harness.query(connection, sql.read())
    for table, label, options in BY_HAND:
        left_out = ["id", label]
        harness.value(connection, "SELECT hand_matrix(%s, %s, false, 'by_hand')",
                      table, left_out)
        harness.query(connection, "DROP TABLE IF EXISTS of_rows, of_matrix")
        harness.query(connection, f"CREATE TEMPORARY TABLE of_rows AS SELECT linlearn_train("
                      f"t, t.{label}, %s::jsonb || %s::jsonb) AS model FROM {table} t",
                      options, json.dumps({"exclude": left_out}))
        # Folds choose by the rows' last bits: the matrix gets what they chose.
        chosen = harness.value(connection, "SELECT linlearn_model_info(model)"
                               " -> 'hyperparameters' FROM of_rows")
        given = dict(json.loads(options), wd=chosen["wd"],
                     **({"l1": chosen["l1"]} if chosen["l1"] else {}))
        harness.query(connection, f"CREATE TEMPORARY TABLE of_matrix AS SELECT linlearn_train("
                      f"x, t.{label}, %s) AS model FROM {table} t JOIN by_hand USING (id)",
                      json.dumps(given))
        worst = harness.value(connection, f"""
            SELECT max(abs(u - v) / greatest(1, abs(v)))
            FROM of_rows a, of_matrix b, {table} t JOIN by_hand USING (id),
                unnest(linlearn_scores(a.model, t), linlearn_scores(b.model, x)) s(u, v)""")
        harness.figure(f"{table}, largest difference from the model of a matrix made by hand",
                       float(worst), at_most=1e-6, digits=9)


# ---- Speed and memory ----

LEVELS = (2, 5, 10, 30, 100, 200, 500, 1000)
NUMBERS = [f"n{i}" for i in range(1, 13)]
TEXTS = [f"c{i}" for i in range(1, 9)]
WIDE = f"""
    CREATE TABLE wide_rows AS
    SELECT id, {", ".join(NUMBERS + TEXTS)}, random() < 1 / (1 + exp(-(n1 - n2 / 2 + n3 * 2
        + length(c3) % 3 + hashtext(c5) % 100 / 100.0 + hashtext(c8) % 100 / 70.0 - 1)))
        AS label
    FROM (SELECT id, {", ".join(f"random() * {i} AS n{i}" for i in range(1, 7))},
            {", ".join(f"(random() * random() * {i * 100})::integer AS n{i}"
                       for i in range(7, 11))},
            CASE WHEN random() < 0.95 THEN random() END AS n11, -ln(random()) AS n12,
            {", ".join(f"'level ' || floor(random() * random() * {levels})::integer AS c{i}"
                       for i, levels in enumerate(LEVELS, 1))}
        FROM generate_series(1, 1050000) id) t"""
WIDE_MODEL = """SELECT linlearn_train(w, label, '{"exclude": ["id", "label"]}') FROM wide_rows w
    WHERE id <= 1000000"""
ROUNDS = 3


def child(name):
    """Fit a peer once, in a process of its own."""
    return json.loads(subprocess.run(
        [sys.executable, os.path.join(harness.HERE, "tables_peer.py"), name],
        check=True, stdout=subprocess.PIPE).stdout)


def timed(connection, sql):
    """Return what one run takes."""
    start = time.perf_counter()
    harness.query(connection, sql)
    return time.perf_counter() - start


def take_turns(ours, theirs, rounds):
    """Return the medians of both and of each round's ratio."""
    pairs = [(ours(), theirs()) for _ in range(rounds)]
    return tuple(statistics.median(values) for values in
                 (*zip(*pairs), [a / b for a, b in pairs]))


def peak(sql):
    """Return a backend's peak memory in MB, shared buffers aside."""
    connection = harness.connect(max_parallel_workers_per_gather=0)
    pid = harness.value(connection, "SELECT pg_backend_pid()")
    harness.query(connection, sql)
    return (harness.status_kb(pid, "VmHWM") - harness.status_kb(pid, "RssShmem")) / 1024


def wide(connection):
    harness.query(connection, "SELECT setseed(0.5)")
    harness.query(connection, WIDE)
    harness.query(connection, "VACUUM (ANALYZE, FREEZE) wide_rows")
    peers = []

    def fit():
        peers.append(child("speed"))
        return peers[-1]["seconds"]
    took, theirs, ratio = take_turns(lambda: timed(connection, WIDE_MODEL), fit, ROUNDS)
    name = "ColumnTransformer + LogisticRegression"
    harness.figure("1,000,000 rows x 20 columns, table to model", took, "s",
                   at_most=theirs / 5, peer=(name, theirs))
    harness.figure("how many times faster", 1 / ratio, at_least=5, digits=1)
    loss = harness.value(connection, f"""
        WITH m (model) AS MATERIALIZED ({WIDE_MODEL})
        SELECT linlearn_log_loss(label, linlearn_score(model, w)) FROM m, wide_rows w
        WHERE id > 1000000""")
    harness.figure("its test log loss", float(loss), at_most=peers[0]["log_loss"] + 1e-3,
                   peer=(name, peers[0]["log_loss"]), digits=4)
    memory = statistics.median(p["peak"] for p in peers)
    harness.figure("its peak memory", peak(WIDE_MODEL), "MB", at_most=memory / 2,
                   peer=(name, memory), digits=0)


def collecting():
    """Rows until training would start, by records and by arrays of their numbers."""
    connection = harness.connect(max_parallel_workers_per_gather=0)
    numbers = ", ".join(NUMBERS)
    for sql in (f"""CREATE TABLE collected AS SELECT label, {", ".join(TEXTS)},
                {", ".join(f"coalesce({n}, 0)::real AS {n}" for n in NUMBERS)},
                {", ".join(f"coalesce({n}, 0)::numeric(12, 2) AS d{n}" for n in NUMBERS)}
                FROM wide_rows WHERE id <= 200000""",
                "ALTER TABLE collected ADD x real[]",
                f"UPDATE collected SET x = ARRAY[{numbers}]",
                "VACUUM (FULL, ANALYZE, FREEZE) collected",
                """CREATE FUNCTION pg_temp.ignore_state(internal) RETURNS integer
                LANGUAGE internal AS 'pg_backend_pid'""",
                """CREATE AGGREGATE pg_temp.collect_rows(anyelement, "any") (
                SFUNC = linlearn_train_transition, STYPE = internal,
                FINALFUNC = pg_temp.ignore_state)"""):
        harness.query(connection, sql)

    arrays = "SELECT pg_temp.collect_rows(x, label) FROM collected"
    decimals = ", ".join("d" + n for n in NUMBERS)
    for what, columns, target in (
            ("12 numbers", numbers, 2.5), ("12 numbers of numeric", decimals, None),
            ("12 numbers and 8 texts", f"{numbers}, {', '.join(TEXTS)}", None)):
        rows = (f"SELECT pg_temp.collect_rows(r, label) FROM collected,"
                f" LATERAL (SELECT {columns}) r")
        _, _, ratio = take_turns(lambda: timed(connection, rows),
                                 lambda: timed(connection, arrays), 11)
        harness.figure(f"rows collected from records of {what}, time of real[] of 12",
                       ratio, at_most=target, digits=2)


def predicting():
    """Scores of records, JSON objects and arrays made by hand."""
    connection = harness.connect(max_parallel_workers_per_gather=0)
    numbers = ", ".join("t." + n for n in NUMBERS)
    texts = ", ".join("t." + c for c in TEXTS)
    harness.query(connection, f"""
        CREATE TABLE predicted AS
        SELECT linlearn_train(ARRAY[{numbers}]::float8[], label) AS arrays,
            linlearn_train(n, label) AS numbers, linlearn_train(c, label) AS mixed
        FROM collected t, LATERAL (SELECT {numbers}) n,
            LATERAL (SELECT {numbers}, {texts}) c""")
    harness.query(connection, "ALTER TABLE collected ADD j jsonb")
    harness.query(connection, f"UPDATE collected t SET j = (SELECT to_jsonb(r)"
                  f" FROM (SELECT {numbers}) r)")
    harness.query(connection, "VACUUM (FULL, ANALYZE, FREEZE) collected")

    def score(model, features, source=""):
        return (f"SELECT sum(linlearn_score((SELECT {model} FROM predicted), {features}))"
                f" FROM collected t{source}")
    by_hand = score("arrays", f"ARRAY[{numbers}]::float8[]")
    for what, sql, target in (
            ("records of 12 numbers", score("numbers", "r", f", LATERAL (SELECT {numbers}) r"), 2),
            ("records of 12 numbers and 8 texts",
             score("mixed", "r", f", LATERAL (SELECT {numbers}, {texts}) r"), 2),
            ("whole rows of the table", score("mixed", "t"), None),
            ("jsonb of 12 numbers", score("numbers", "t.j"), None)):
        _, _, ratio = take_turns(lambda: timed(connection, sql),
                                 lambda: timed(connection, by_hand), 11)
        harness.figure(f"scores of {what}, time of arrays made by hand of 12", ratio,
                       at_most=target, digits=2)
    harness.query(connection, "DROP TABLE predicted, collected")


def words(connection):
    """All words of the packages, the tsvector made before."""
    harness.query(connection, """CREATE TABLE package_words AS SELECT section,
        to_tsvector('english', package || ' ' || description) AS words FROM packages""")
    harness.query(connection, "VACUUM (ANALYZE, FREEZE) package_words")
    for what, options, most in (("", "{}", 2),
                                (", hinge", '{"loss": "multiclass_hinge_loss"}', 1)):
        sql = f"""SELECT linlearn_train(x, section, '{options}') FROM package_words p,
            LATERAL (SELECT p.words) x"""
        took, theirs, ratio = take_turns(lambda: timed(connection, sql),
                                         lambda: child("words")["seconds"], ROUNDS)
        harness.figure(f"packages' 19,000 words, 58 classes{what}, table to model", took, "s",
                       at_most=most * theirs, peer=("LinearSVC.fit", theirs))
        harness.figure("its time, of LinearSVC.fit's", ratio, at_most=most, digits=2)
    harness.query(connection, "DROP TABLE package_words")


# ---- What one writes ----

def lines():
    for job in JOBS:
        harness.figure(f"lines of SQL, {job}, table to model", len(JOBS[job].strip().split("\n")),
                       at_most=5)


def main():
    warnings.filterwarnings("ignore")
    connection = harness.connect()
    # BENCH_TABLES="quality lines" runs these parts only
    wanted = os.environ.get("BENCH_TABLES", "quality by_hand speed words lines").split()
    at_hand = sql_tables.at_hand()
    if at_hand and {"quality", "by_hand", "words"} & set(wanted):
        for table in ("churn", "credit", "mortgages", "houses", "votes", "penguins", "wages"):
            sql_tables.load(connection, table)
        sql_tables.load_packages(connection)
    if at_hand and "quality" in wanted:
        quality(connection)
    if at_hand and "by_hand" in wanted:
        by_hand(connection)
    if "speed" in wanted:
        wide(connection)
        collecting()
        predicting()
        harness.query(connection, "DROP TABLE wide_rows")
    if at_hand and "words" in wanted:
        words(connection)
    if "lines" in wanted:
        lines()


if __name__ == "__main__":
    main()
