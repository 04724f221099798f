"""Defaults against scikit-learn's defaults on its bundled data sets, in points.

Every learner gets the same training rows as they are (nothing scaled by hand)
and no options but the predictor type; the metric is accuracy, or R2 for
diabetes, in the mean over five splits.
"""
import warnings

import numpy as np
from sklearn import datasets
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import train_test_split

import harness

SPLITS = 5
SETS = [
    ("breast_cancer", datasets.load_breast_cancer, "binary_classifier"),
    ("wine", datasets.load_wine, "multiclass_classifier"),
    ("digits", datasets.load_digits, "multiclass_classifier"),
    ("diabetes", datasets.load_diabetes, "regressor"),
]


def linlearn_score(connection, kind, train, test):
    """Train by default and score the test rows, all in SQL."""
    harness.query(connection, "DROP TABLE IF EXISTS bench_set")
    harness.query(connection, "CREATE TEMPORARY TABLE bench_set"
                  " (test boolean, x float8[], y float8)")
    with connection.cursor() as cursor:
        for is_test, (x, y) in ((False, train), (True, test)):
            cursor.executemany("INSERT INTO bench_set VALUES (%s, %s, %s)",
                               [(is_test, row.tolist(), float(label))
                                for row, label in zip(x, y)])
    measure = ("1 - sum((p - y) ^ 2) / (var_pop(y) * count(*))"
               if kind == "regressor" else "avg((p = y)::int)")
    return float(harness.value(connection, f"""
        WITH m AS MATERIALIZED (SELECT linlearn_train(x, y,
            jsonb_build_object('predictor_type', '{kind}')) AS model
            FROM bench_set WHERE NOT test)
        SELECT {measure} FROM (SELECT y, linlearn_predict(model, x) AS p
            FROM m, bench_set WHERE test) t"""))


def sklearn_score(kind, train, test):
    learner = LinearRegression() if kind == "regressor" else LogisticRegression()
    return learner.fit(*train).score(*test)


def main():
    warnings.filterwarnings("ignore")
    connection = harness.connect()
    for name, load, kind in SETS:
        x, y = load(return_X_y=True)
        ours, theirs = [], []
        for seed in range(SPLITS):
            xt, xs, yt, ys = train_test_split(
                x, y, test_size=0.3, random_state=seed,
                stratify=None if kind == "regressor" else y)
            ours.append(linlearn_score(connection, kind, (xt, yt), (xs, ys)))
            theirs.append(sklearn_score(kind, (xt, yt), (xs, ys)))
        harness.figure(f"defaults on {name}, "
                       + ("R2" if kind == "regressor" else "accuracy"),
                       float(np.mean(ours)), at_least=float(np.mean(theirs)) - 0.005,
                       peer=("scikit-learn", float(np.mean(theirs))), digits=4)


main()
