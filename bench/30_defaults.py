"""Defaults against scikit-learn's defaults: its data sets, digits and fashion.

Every learner gets the same training rows as they are (nothing scaled by hand)
and no options but the predictor type; the metric is accuracy, or R2 for
diabetes, in the mean over five splits.  Of the pictures, linlearn gets the
validation rows as well, to choose by, and the peer's pixels are in 0..1.
"""
import os
import sys
import warnings

import numpy as np
from sklearn import datasets
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import train_test_split

import harness

SPLITS = 5
FASHION = "/usr/share/datasets/fashion-mnist"  # Debian's dataset-fashion-mnist
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


def pictures(connection, name, table, source=None):
    """Compare on a table of 10 classes of pictures: 'is it a 0', and which."""
    for what, label, kind, peer in (
            ("binary", "(label = 0)::int", "binary_classifier", "logistic"),
            ("10 classes", "label", "multiclass_classifier", "softmax")):
        ours = float(harness.value(connection, f"""
            WITH m AS MATERIALIZED (SELECT linlearn_train(pixels, {label},
                jsonb_build_object('predictor_type', '{kind}'), split) AS model
                FROM {table} WHERE split IN ('train', 'validation'))
            SELECT avg((linlearn_predict(model, pixels) = {label})::int)::float8
            FROM m, {table} WHERE split = 'test'"""))
        theirs = harness.peer(peer, source)["accuracy"]
        harness.figure(f"defaults on {name}, {what}, accuracy", ours,
                       at_least=theirs - 0.005, peer=("scikit-learn", theirs),
                       digits=4)


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
    pictures(connection, "MNIST" if harness.real_digits() else "the digits",
             "linlearn_mnist")
    if os.path.isdir(FASHION):
        harness.query(connection, "SELECT * FROM linlearn_load_mnist(%s, %s)",
                      FASHION, "bench_fashion")
        pictures(connection, "Fashion-MNIST", "bench_fashion", FASHION)
    else:
        print(f"  no Fashion-MNIST in {FASHION}: scripts/install-deps fashion",
              file=sys.stderr)


main()
