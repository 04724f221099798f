"""Fit one scikit-learn model on the digits and print time and test scores.

usage: sklearn_peer.py SOURCE NAME [OPTIONS]

SOURCE is the folder of the four idx.gz files, or 'synthetic' for the rows of
the bench database.  The fit sees the first 50,000 pictures, as float32 in 0..1;
its wall time excludes reading and converting them.
"""
import gzip
import json
import os
import sys
import time
import warnings

import numpy as np


def from_folder(folder):
    """Read the training and test rows of an idx folder."""
    def read(name, offset):
        with gzip.open(os.path.join(folder, name)) as file:
            return np.frombuffer(file.read(), dtype=np.uint8, offset=offset)
    train = read("train-images-idx3-ubyte.gz", 16).reshape(-1, 784)[:50000]
    labels = read("train-labels-idx1-ubyte.gz", 8)[:50000]
    test = read("t10k-images-idx3-ubyte.gz", 16).reshape(-1, 784)
    return train, labels, test, read("t10k-labels-idx1-ubyte.gz", 8)


def from_database():
    """Read the training and test rows of the bench database."""
    import psycopg2
    parts = []
    with psycopg2.connect(dbname="bench").cursor() as cursor:
        for split in "train", "test":
            cursor.execute("SELECT pixels, label FROM linlearn_mnist"
                           " WHERE split = %s ORDER BY id", (split,))
            rows = cursor.fetchall()
            parts.append(np.array([np.frombuffer(r[0], np.uint8) for r in rows]))
            parts.append(np.array([r[1] for r in rows]))
    return parts


def estimator(name, options):
    """Return the estimator and whether its target is 'is it a 0'."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import LinearSVC
    return {
        "logistic": lambda: (LogisticRegression(**{"max_iter": 100, **options}), True),
        "softmax": lambda: (LogisticRegression(**{"max_iter": 100, **options}), False),
        "svc": lambda: (LinearSVC(**{"C": 0.01, **options}), True),
    }[name]()


def objective(model, X, y):
    """Return what LogisticRegression at C = 1 minimises, in double."""
    Z = X.astype(np.float64) @ model.coef_.T + model.intercept_
    if Z.shape[1] == 1:
        loss = np.logaddexp(0, np.where(y, -Z[:, 0], Z[:, 0])).sum()
    else:
        Z -= Z.max(axis=1, keepdims=True)
        loss = (np.log(np.exp(Z).sum(axis=1)) - Z[np.arange(len(y)), y]).sum()
    return loss + 0.5 * (model.coef_.astype(np.float64) ** 2).sum()


def main():
    warnings.filterwarnings("ignore")
    source, name = sys.argv[1:3]
    options = json.loads(sys.argv[3]) if len(sys.argv) > 3 else {}
    X, y, T, t = from_folder(source) if os.path.isdir(source) else from_database()
    X = X.astype(np.float32) / 255
    T = T.astype(np.float32) / 255
    model, binary = estimator(name, options)
    if binary:
        y, t = y == 0, t == 0
    from sklearn.metrics import accuracy_score, f1_score
    start = time.perf_counter()
    model.fit(X, y)
    wall = time.perf_counter() - start
    p = model.predict(T)
    print(json.dumps(dict(
        seconds=wall, accuracy=accuracy_score(t, p),
        f1=f1_score(t, p) if binary else None,
        objective=None if name == "svc" else objective(model, X, y))))


if __name__ == "__main__":
    main()
