"""Tall and narrow rows: 1,000,000 x 20 doubles, two classes, beside scikit-learn.

The peer has its matrix in memory already and is measured by its fit alone; ours
begins at the table.  They take turns.
"""
import statistics

import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge

import harness

ROWS, FEATURES, ROUNDS = 1000000, 20, 5


def load(connection):
    """Draw the rows, by a seed, and load them as an analyst would."""
    random = np.random.RandomState(17)
    x = random.randn(ROWS, FEATURES)
    margin = x @ (1.5 ** -np.arange(FEATURES) * np.where(np.arange(FEATURES) % 2, -1, 1))
    y = random.rand(ROWS) < 1 / (1 + np.exp(-margin))
    target = margin + random.randn(ROWS)
    harness.query(connection, "CREATE TABLE tall (x float8[], y boolean, target float8)")
    with connection.cursor() as cursor:
        cursor.copy_expert("COPY tall FROM STDIN", harness.Lines(
            "{%s}\t%s\t%r\n" % (",".join(map(repr, row)), "ft"[label], value)
            for row, label, value in zip(map(np.ndarray.tolist, x), y, target.tolist())))
    harness.query(connection, "VACUUM (ANALYZE, FREEZE) tall")
    return x, y, target


def objective(x, y, weights, bias, wd):
    z = (x @ weights + bias) * np.where(y, 1, -1)
    return np.mean(np.logaddexp(0, -z)) + wd / 2 * np.sum(weights ** 2)


def main():
    connection = harness.connect()
    x, y, target = load(connection)
    jobs = {
        "scan": lambda: harness.value(connection, "SELECT sum(x[1]) FROM tall"),
        "logistic": lambda: harness.value(connection, "SELECT linlearn_train(x, y) FROM tall"),
        "LogisticRegression": lambda: LogisticRegression().fit(x, y),
        "least squares": lambda: harness.value(
            connection, "SELECT linlearn_train(x, target, '{\"predictor_type\": \"regressor\"}')"
                        " FROM tall"),
        "Ridge": lambda: Ridge().fit(x, target),
    }
    times = {name: [] for name in jobs}
    last = {}
    for _ in range(ROUNDS):
        for name, job in jobs.items():
            seconds, last[name] = harness.took(job)
            times[name].append(seconds)
    median = {name: statistics.median(t) for name, t in times.items()}
    harness.figure("1,000,000 x 20, a scan that reads one element", median["scan"], "s")
    harness.figure("1,000,000 x 20, logistic, table to model", median["logistic"], "s",
                   at_most=0.5 * median["LogisticRegression"],
                   peer=("LogisticRegression.fit", median["LogisticRegression"]))
    harness.query(connection, "CREATE TEMPORARY TABLE tall_model AS SELECT %s::bytea AS model",
                  bytes(last["logistic"]))
    weights = np.array([row[0] for row in harness.query(
        connection, "SELECT weight FROM tall_model, linlearn_weights(model)"
                    " WHERE feature IS NOT NULL ORDER BY feature")])
    bias = harness.value(connection, "SELECT weight FROM tall_model, linlearn_weights(model)"
                                     " WHERE feature IS NULL")
    best = LogisticRegression(tol=1e-10, max_iter=1000).fit(x, y)
    theirs = objective(x, y, best.coef_[0], best.intercept_[0], 1 / ROWS)
    harness.figure("its objective, relative to the optimum, less 1",
                   objective(x, y, weights, bias, 1 / ROWS) / theirs - 1, at_most=1e-6,
                   digits=9)
    harness.figure("1,000,000 x 20, least squares, table to model", median["least squares"], "s",
                   at_most=2 * median["scan"], peer=("Ridge.fit", median["Ridge"]))
    scan = "SELECT sum(x[1]) FROM tall"
    harness.cost("logistic on one thread", "SELECT linlearn_train(x, y) FROM tall", scan)
    harness.cost("least squares on one thread", "SELECT linlearn_train(x, target,"
                 " '{\"predictor_type\": \"regressor\"}') FROM tall", scan)


if __name__ == "__main__":
    main()
