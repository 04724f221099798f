"""Other shapes: sparse text, tables of middling size, seven classes, wide rows, growth.

Rows are drawn by a seed.  The peer has its matrix in memory already and is
measured by its fit alone; ours begins at the table.  They take turns.
BENCH_GROWTH=full adds 16,000,000 rows.
"""
import os
import statistics

import numpy as np
from scipy import sparse
from sklearn.linear_model import (LassoCV, LogisticRegression, LogisticRegressionCV, Ridge,
                                  RidgeCV)

import harness

ROUNDS = 3


def array(row):
    return "{" + ",".join("%.7g" % x for x in row) + "}"


def take_turns(*calls):
    """Return the medians of calls, and what they made last."""
    rounds = [[harness.took(call) for call in calls] for _ in range(ROUNDS)]
    return ([statistics.median(times) for times in zip(*([t for t, _ in r] for r in rounds))],
            [made for _, made in rounds[-1]])


def train(connection, table, options="{}"):
    return bytes(harness.value(connection, f"SELECT linlearn_train(x, y, %s) FROM {table}",
                               options))


def metric(connection, model, name):
    return float(harness.value(
        connection, "SELECT linlearn_model_info(%s) #>> ARRAY['metrics', %s]", model, name))


# ---- Text: rows of terms as frequent as words are ----

def draw_words(random, rows, terms, each):
    """Return rows of length 1, each of so many words, some of them the same."""
    share = 1 / np.arange(1, terms + 1)
    drawn = np.searchsorted(np.cumsum(share / share.sum()), random.rand(rows, each))
    name = random.permutation(terms)  # frequent terms lie anywhere
    x = sparse.csr_matrix((np.ones(rows * each), (
        np.repeat(np.arange(rows), each), name[np.minimum(drawn, terms - 1).ravel()])),
        shape=(rows, terms))
    x.sum_duplicates()
    x.data = 1 + np.log(x.data)
    return sparse.csr_matrix(sparse.diags(1 / np.sqrt(x.multiply(x).sum(1)).A1) @ x)


def load_words(connection, table, columns, x, labels):
    harness.load(connection, table, f"x linlearn_sparse, {columns}", (
        "{%s}/%d\t%s\n" % (",".join(f"{k}:{v:.7g}" for k, v in sorted(
            zip(x.indices[a:b], x.data[a:b]))), x.shape[1], label)
        for a, b, label in zip(x.indptr, x.indptr[1:], labels)))


def words(connection):
    random = np.random.RandomState(3)
    rows = 80000
    x = draw_words(random, rows, 200000, 40)
    y = random.rand(rows) < 1 / (1 + np.exp(-6 * (x @ random.randn(x.shape[1]))))
    load_words(connection, "words", "y boolean", x, ["ft"[int(label)] for label in y])
    (ours, default, theirs), (model, _, peer) = take_turns(
        lambda: train(connection, "words",
                      '{"normalize_data": false, "wd": %r}' % (1 / rows)),
        lambda: train(connection, "words"),
        lambda: LogisticRegression(solver="liblinear", intercept_scaling=100).fit(x, y))
    harness.figure("text, 80,000 x 200,000, logistic at C = 1, table to model", ours, "s",
                   at_most=0.7 * theirs, peer=("liblinear", theirs))
    harness.figure("the same by default: normalised, wd chosen by folds", default, "s",
                   at_most=0.7 * theirs, peer=("liblinear at C = 1", theirs))
    margin = x @ peer.coef_[0] + peer.intercept_[0]
    least = (np.mean(np.logaddexp(0, np.where(y, -margin, margin)))
             + np.sum(peer.coef_ ** 2) / 2 / rows)
    squares = harness.value(connection, "SELECT sum(weight ^ 2) FROM linlearn_weights(%s)"
                                        " WHERE feature IS NOT NULL", model)
    harness.figure("its objective at C = 1, relative to liblinear's, less 1",
                   (metric(connection, model, "train:objective_loss") + squares / 2 / rows)
                   / least - 1, at_most=1e-5, digits=7)
    harness.cost("text by default on one thread", "SELECT linlearn_train(x, y) FROM words",
                 "SELECT count(x) FROM words")


def more_words(connection):
    """Words of six classes, of long rows and of numbers; ours choose wd, peers have theirs."""
    random = np.random.RandomState(6)
    x = draw_words(random, 40000, 50000, 40)
    y = (6 * (x @ random.randn(50000, 6)) + random.gumbel(size=(40000, 6))).argmax(1)
    load_words(connection, "six", "y text", x, [f"class {label}" for label in y])
    (ours, theirs), _ = take_turns(
        lambda: train(connection, "six"),
        lambda: LogisticRegression(solver="liblinear", multi_class="ovr").fit(x, y))
    harness.figure("text of 6 classes, 40,000 x 50,000, default, table to model", ours, "s",
                   at_most=theirs, peer=("liblinear, one against the rest", theirs))
    x = draw_words(random, 20000, 50000, 200)
    y = random.rand(20000) < 1 / (1 + np.exp(-6 * (x @ random.randn(50000))))
    load_words(connection, "long", "y boolean", x, ["ft"[int(label)] for label in y])
    (ours, theirs), _ = take_turns(
        lambda: train(connection, "long"),
        lambda: LogisticRegression(solver="liblinear").fit(x, y))
    harness.figure("text of 200 words a row, 20,000 x 50,000, default", ours, "s",
                   at_most=theirs, peer=("liblinear", theirs))
    x = draw_words(random, 80000, 200000, 40)
    y = 3 * (x @ random.randn(200000)) + random.randn(80000)
    load_words(connection, "numbers", "y float8", x, [repr(float(value)) for value in y])
    (ours, theirs), _ = take_turns(
        lambda: train(connection, "numbers", '{"predictor_type": "regressor"}'),
        lambda: Ridge(solver="sparse_cg").fit(x, y))
    harness.figure("least squares of text, 80,000 x 200,000, default", ours, "s",
                   at_most=theirs, peer=("Ridge.fit by sparse_cg", theirs))
    harness.query(connection, "DROP TABLE six, long, numbers")


# ---- Tables of middling size, whose penalty is chosen by folds ----

def middling(connection):
    for rows, features in ((10000, 20), (50000, 50)):
        random = np.random.RandomState(rows)
        x = random.randn(rows, features)
        score = 2 * (x @ random.randn(features)) / np.sqrt(features)
        y = score + random.logistic(size=rows) > 0
        z = score + random.standard_t(3, size=rows)
        k = (2 * (x @ random.randn(features, 5)) / np.sqrt(features)
             + random.gumbel(size=(rows, 5))).argmax(1)
        harness.load(connection, "middling", "x float8[], y boolean, z float8, k text", (
            f"{array(row)}\t{'ft'[int(a)]}\t{float(b)!r}\tclass {c}\n"
            for row, a, b, c in zip(x, y, z, k)))
        (binary, squares, classes, one, ridge, several), _ = take_turns(
            lambda: train(connection, "middling"),
            lambda: harness.query(connection, "SELECT linlearn_train(x, z,"
                                  " '{\"predictor_type\": \"regressor\"}') FROM middling"),
            lambda: harness.query(connection, "SELECT linlearn_train(x, k) FROM middling"),
            lambda: LogisticRegressionCV(cv=5, max_iter=1000).fit(x, y),
            lambda: RidgeCV(alphas=np.logspace(-2, 5, 28)).fit(x, z),
            lambda: LogisticRegressionCV(cv=5, max_iter=1000).fit(x, k))
        for what, ours, theirs, peer in (
                ("logistic, wd or l1 by folds", binary, one, "LogisticRegressionCV.fit"),
                ("least squares", squares, ridge, "RidgeCV.fit"),
                ("5 classes", classes, several, "LogisticRegressionCV.fit")):
            harness.figure(f"{rows:,} x {features}, {what}, table to model", ours, "s",
                           at_most=theirs, peer=(peer, theirs))
        harness.query(connection, "DROP TABLE middling")


# ---- Seven classes, of 48 % to 0.5 %: ten numbers and 44 flags ----

def classes(connection):
    random = np.random.RandomState(4)
    rows, shares = 581012, np.array([.36, .48, .06, .005, .016, .03, .035])
    numbers = random.randn(rows, 10) @ (np.eye(10) + .3 * random.randn(10, 10))
    flags = np.zeros((rows, 44))
    flags[np.arange(rows), random.randint(0, 4, rows)] = 1
    flags[np.arange(rows), 4 + np.minimum(random.exponential(6, rows).astype(int), 39)] = 1
    scores = np.hstack([numbers, flags]) @ (random.randn(54, 7) * .7)
    y = (scores + random.gumbel(size=(rows, 7)) + 1.5 * np.log(shares)).argmax(1)
    x = np.hstack([numbers * 100 + 1000, flags])
    harness.load(connection, "classes", "x real[], y text", (
        f"{array(row)}\tclass {label}\n" for row, label in zip(x, y)))
    x = (x - x.mean(0)) / x.std(0)
    (ours, theirs), (model, peer) = take_turns(
        lambda: train(connection, "classes"),
        lambda: LogisticRegression(max_iter=100).fit(x, y))
    harness.figure("7 classes, 581,012 x 54, table to model", ours, "s", at_most=0.5 * theirs,
                   peer=("LogisticRegression.fit, scaled", theirs))
    harness.cost("7 classes on one thread", "SELECT linlearn_train(x, y) FROM classes",
                 "SELECT sum(x[1]) FROM classes")
    chances = peer.predict_proba(x)
    harness.figure("its log loss", metric(connection, model, "train:multiclass_log_loss"),
                   at_most=-np.mean(np.log(chances[np.arange(rows), y])) + 1e-3, digits=4,
                   peer=("LogisticRegression", -np.mean(np.log(chances[np.arange(rows), y]))))


# ---- 1,000 rows of 3,000 features, whose penalty is chosen by folds ----

def wide(connection):
    random = np.random.RandomState(5)
    rows, features = 1000, 3000
    x = random.randn(rows, features).astype(np.float32)
    score = x @ random.randn(features)
    score = score / score.std() + .5 * random.randn(rows)
    harness.load(connection, "wide", "x real[], y boolean, z float8", (
        f"{array(row)}\t{'ft'[value > 0]}\t{float(value)!r}\n" for row, value in zip(x, score)))
    x = x.astype(np.float64)
    x = (x - x.mean(0)) / x.std(0)
    (ours, squares, theirs, ridge, lasso), _ = take_turns(
        lambda: train(connection, "wide"),
        lambda: harness.query(connection, "SELECT linlearn_train(x, z,"
                              " '{\"predictor_type\": \"regressor\"}') FROM wide"),
        lambda: LogisticRegressionCV(cv=5).fit(x, score > 0),
        lambda: RidgeCV(alphas=np.logspace(-2, 5, 28)).fit(x, score),
        lambda: LassoCV(cv=5, n_alphas=25, eps=1e-2).fit(x, score))
    harness.figure("1,000 x 3,000, logistic, wd or l1 by folds, table to model", ours, "s",
                   at_most=theirs, peer=("LogisticRegressionCV.fit, scaled", theirs))
    harness.figure("the same by least squares", squares, "s", at_most=ridge + lasso,
                   peer=("RidgeCV.fit and LassoCV.fit, scaled", ridge + lasso))
    harness.cost("1,000 x 3,000 logistic on one thread", "SELECT linlearn_train(x, y) FROM wide",
                 "SELECT sum(x[1]) FROM wide")


# ---- Prediction of narrow rows, and growth ----

def peak(sql):
    """Return seconds and how much memory a backend takes at most, in bytes.

    Shared buffers and what the first training loads for good do not count, nor
    does LLVM, which some servers do without.
    """
    connection = harness.connect(max_parallel_workers_per_gather=0, jit="off")
    pid = harness.value(connection, "SELECT pg_backend_pid()")
    harness.query(connection, "SELECT linlearn_train(x, y) FROM"
                              " (SELECT * FROM rows_1 LIMIT 5000) t")
    base = harness.status_kb(pid, "VmHWM") - harness.status_kb(pid, "RssShmem")
    seconds, _ = harness.took(lambda: harness.query(connection, sql))
    return seconds, 1024 * (harness.status_kb(pid, "VmHWM")
                            - harness.status_kb(pid, "RssShmem") - base)


def growth(connection):
    draw = ", ".join(["random() - 0.5"] * 20)
    harness.query(connection, "SELECT setseed(0.5)")
    harness.query(connection, "CREATE TABLE rows_1 (x float8[], y boolean)")
    harness.query(connection, f"""INSERT INTO rows_1 SELECT x, random() < 1 / (1 + exp(
        -3 * (x[1] - x[2] + x[3] * 2))) FROM (SELECT ARRAY[{draw}]::float8[] AS x
        FROM generate_series(1, 1000000)) t""")
    harness.query(connection, "VACUUM (ANALYZE, FREEZE) rows_1")
    harness.query(connection, "CREATE TABLE narrow_model AS"
                              " SELECT linlearn_train(x, y) AS model FROM rows_1")
    single = harness.connect(max_parallel_workers_per_gather=0)
    scan = harness.seconds(single, "SELECT sum(x[1]) FROM rows_1")
    harness.figure("predict 1,000,000 rows of 20 float8", harness.seconds(
        single, "SELECT sum(linlearn_predict((SELECT model FROM narrow_model), x)) FROM rows_1"),
        "s", at_most=1.5 * scan, peer=("sum(x[1])", scan))
    sizes = (1, 4, 16) if os.environ.get("BENCH_GROWTH") == "full" else (1, 4)
    for size in sizes:
        source = "(" + " UNION ALL ".join(["SELECT * FROM rows_1"] * size) + ") t"
        for what, sql in (("logistic", "SELECT linlearn_train(x, y)"),
                          ("least squares", "SELECT linlearn_train(x, x[1] + y::int,"
                           " '{\"predictor_type\": \"regressor\"}')")):
            seconds, memory = peak(f"{sql} FROM {source}")
            harness.figure(f"{size} million rows x 20, {what}, time of a million rows",
                           seconds / size, "s")
            harness.figure(f"{size} million rows x 20, {what}, memory a row",
                           memory / size / 1e6, "bytes",
                           at_most=1.3 * 172 if what == "logistic" else None, digits=0)
    harness.query(connection, "DROP TABLE rows_1, narrow_model")


def main():
    connection = harness.connect()
    words(connection)
    more_words(connection)
    middling(connection)
    classes(connection)
    wide(connection)
    growth(connection)


main()
