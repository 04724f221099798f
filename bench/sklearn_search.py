"""Cross-validate random settings of SGDClassifier on "is it a 0"; print times.

usage: sklearn_search.py SOURCE TRIALS FOLDS

The same search as linlearn's: log-uniform alpha and initial rate, F1 over the
folds of the 50,000 training digits (float32 in 0..1), two processes, and then
one fit of the best settings on all rows.
"""
import json
import os
import sys
import time
import warnings

import numpy as np

import sklearn_peer


def main():
    warnings.filterwarnings("ignore")
    os.environ["PYTHONWARNINGS"] = "ignore"
    from scipy.stats import loguniform
    from sklearn.linear_model import SGDClassifier
    from sklearn.model_selection import RandomizedSearchCV
    source, trials, folds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    read = sklearn_peer.from_folder if os.path.isdir(source) else None
    X, y, _, _ = read(source) if read else sklearn_peer.from_database()
    X = X.astype(np.float32) / 255
    search = RandomizedSearchCV(
        SGDClassifier(loss="log_loss", max_iter=15, tol=None,
                      learning_rate="adaptive", random_state=0),
        {"alpha": loguniform(1e-7, 1), "eta0": loguniform(1e-5, 1)},
        n_iter=trials, cv=folds, scoring="f1", n_jobs=2, random_state=0)
    start = time.perf_counter()
    search.fit(X, y == 0)
    total = time.perf_counter() - start
    print(json.dumps({"search_seconds": total - search.refit_time_,
                      "refit_seconds": search.refit_time_,
                      "f1": search.best_score_}))


main()
