"""Our default call beside scikit-learn's and R's on ordinary tables.

Every learner gets the same rows and no options; scikit-learn's get their
features standardised, as its guide recommends (ours and glmnet scale by
themselves).  cv.glmnet is there where R has it.  Classifiers are ranked by log
loss (LinearSVC has none: by accuracy alone), regressors by R2, visits by
Poisson's deviance, engel by the pinball losses of three quantiles as well.  Five
splits by seed, paired differences with their standard errors; packages, the
largest, is split once.  LINLEARN_BENCH_TABLES names some tables, separated by
spaces.
"""
import importlib
import io
import os
import subprocess
import sys
import tempfile
import warnings

import numpy as np

import harness
import real_tables


def peers(classifier):
    """Return scikit-learn's learners by name."""
    from sklearn.linear_model import (LassoCV, LogisticRegression,
                                      LogisticRegressionCV, Ridge, RidgeCV)
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import LinearSVC
    learners = {
        "LogisticRegression": LogisticRegression(max_iter=1000),
        "LogisticRegressionCV": LogisticRegressionCV(
            max_iter=1000, scoring="neg_log_loss", n_jobs=2),
        "LinearSVC": LinearSVC(),
    } if classifier else {
        "Ridge": Ridge(), "RidgeCV": RidgeCV(), "LassoCV": LassoCV(n_jobs=2)}
    return {name: make_pipeline(StandardScaler(), learner)
            for name, learner in learners.items()}


def peer_scores(learner, classifier, xt, yt, xs, ys):
    """Return (loss or None, accuracy or R2): loss is what is to be small."""
    learner.fit(xt, yt)
    if not classifier:
        r2 = real_tables.r2(ys, learner.predict(xs))
        return 1 - r2, r2
    accuracy = float(np.mean(learner.predict(xs) == ys))
    if not hasattr(learner, "predict_proba"):
        return None, accuracy
    return real_tables.log_loss(ys, learner.classes_,
                                learner.predict_proba(xs)), accuracy


def copy_rows(connection, x, y, test):
    """Put rows into the table bench_rows."""
    text = io.StringIO()
    for row, label in zip(x, y):
        text.write("%s\t{%s}\t%s\n" % ("t" if test else "f",
                                       ",".join(map(repr, map(float, row))), label))
    text.seek(0)
    with connection.cursor() as cursor:
        cursor.copy_expert("COPY bench_rows FROM STDIN", text)


def our_scores(connection, classifier, xt, yt, xs, ys, options="{}"):
    """Train by default in SQL and score; as peer_scores."""
    harness.query(connection, "DROP TABLE IF EXISTS bench_rows")
    harness.query(connection, "CREATE TEMPORARY TABLE bench_rows"
                  " (test boolean, x float8[], y %s)"
                  % ("text" if classifier else "float8"))
    copy_rows(connection, xt, yt, False)
    copy_rows(connection, xs, ys, True)
    kind = "" if classifier else '"predictor_type": "regressor"'
    harness.query(connection, "DROP TABLE IF EXISTS bench_model")
    harness.query(connection, "CREATE TEMPORARY TABLE bench_model AS SELECT"
                  " linlearn_train(x, y, jsonb '{%s}' || jsonb '%s') AS model"
                  " FROM bench_rows WHERE NOT test" % (kind, options))
    rows = harness.query(connection, "SELECT y, %s FROM bench_rows, bench_model"
                         " WHERE test" % (
                             "linlearn_scores(model, x), linlearn_predict_label(model, x)"
                             if classifier else "linlearn_predict(model, x)"))
    if not classifier:
        r2 = real_tables.r2(np.array([r[0] for r in rows]),
                            np.array([r[1] for r in rows]))
        return 1 - r2, r2
    labels = [r[0] for r in rows]
    p = np.array([r[1] for r in rows])
    if p.shape[1] == 1:
        p = np.column_stack([1 - p, p])
    classes = harness.value(connection, "SELECT linlearn_model_info(model) -> 'labels'"
                            " FROM bench_model")
    accuracy = float(np.mean([r[0] == r[2] for r in rows]))
    return real_tables.log_loss(labels, classes, p), accuracy


def has_package(name):
    """Say whether R and a package of it are here."""
    try:
        return subprocess.run(["Rscript", "-e", "library(%s)" % name],
                              stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL).returncode == 0
    except FileNotFoundError:
        return False


def write_rows(path, x, y):
    """Write rows as CSV for R, the label first."""
    with open(path, "w") as file:
        for row, label in zip(x, y):
            file.write(",".join([str(label)] + [repr(float(v)) for v in row]) + "\n")


def glmnet_scores(classifier, xt, yt, xs, ys):
    """Run cv.glmnet; as peer_scores."""
    family = ("gaussian" if not classifier
              else "binomial" if len(set(yt)) == 2 else "multinomial")
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in ("train", "test", "out")]
        for path, x, y in zip(paths, (xt, xs), (yt, ys)):
            write_rows(path, x, y)
        subprocess.run(["Rscript", os.path.join(harness.HERE, "glmnet_peer.R"), family]
                       + paths, check=True, stderr=subprocess.DEVNULL)
        with open(paths[2]) as file:
            classes = file.readline().rstrip("\n").split(",")
            p = np.genfromtxt(file, delimiter=",")
    p = p.reshape(len(ys), -1)
    p[np.isnan(p).any(axis=1)] = 1.0  # it says nothing: all classes alike
    if not classifier:
        r2 = real_tables.r2(ys, p[:, 0])
        return 1 - r2, r2
    p = p / p.sum(axis=1, keepdims=True)
    accuracy = float(np.mean(np.array(classes)[p.argmax(axis=1)] == ys))
    return real_tables.log_loss(ys, classes, p), accuracy


def ranks(losses):
    """Return the rank of each of some methods on one split, ties shared."""
    return {a: 1 + sum(y < x for y in losses.values())
            + 0.5 * (sum(y == x for y in losses.values()) - 1)
            for a, x in losses.items()}


def run_table(connection, name, all_ranks, glmnet):
    """Run every method on a table; print its line, and figure it."""
    classifier = real_tables.TABLES[name][2]
    results = {}
    for split in real_tables.each(name):
        results.setdefault("linlearn", []).append(
            our_scores(connection, classifier, *split))
        for peer, learner in peers(classifier).items():
            results.setdefault(peer, []).append(
                peer_scores(learner, classifier, *split))
        if glmnet:
            results.setdefault("cv.glmnet", []).append(glmnet_scores(classifier, *split))
    by_loss = {m: [r[0] for r in s] for m, s in results.items()
               if s[0][0] is not None}
    for i in range(real_tables.SPLITS):
        for m, rank in ranks({m: s[i] for m, s in by_loss.items()}).items():
            all_ranks.setdefault(m, []).append(rank)
    ours = np.array(by_loss["linlearn"])
    means = {m: float(np.mean(s)) for m, s in by_loss.items()}
    best = min((m for m in means if m != "linlearn"), key=means.get)
    difference = ours - np.array(by_loss[best])
    error = float(np.std(difference, ddof=1) / np.sqrt(len(difference)))
    line = [f"{name:14s}"]
    for m, s in results.items():
        line.append("%s %.4f" % (m, np.mean([r[1 if s[0][0] is None else 0] for r in s])))
    print("  " + "  ".join(line) + "  less the best %+.4f (se %.4f)"
          % (difference.mean(), error), flush=True)
    if classifier:
        accuracy = {m: np.mean([r[1] for r in s]) for m, s in results.items()}
        print("    accuracy: " + "  ".join("%s %.4f" % a for a in accuracy.items()),
              flush=True)
    harness.figure("defaults on %s, %s" % (name, "log loss" if classifier else "1 - R2"),
                   means["linlearn"], at_most=means[best] + 2 * error,
                   peer=(best, means[best]), digits=4)


def our_predictions(connection, options, xt, yt, xs, ys):
    """Return a regressor's predictions of the test rows, in their order."""
    our_scores(connection, False, xt, yt, xs, ys, options)  # leaves rows and model
    return np.array([row[0] for row in harness.query(
        connection, "SELECT linlearn_predict(model, x) FROM bench_rows, bench_model"
                    " WHERE test")])


def figure_paired(what, ours, theirs, peer):
    """Figure means that are to be small, two standard errors of the difference allowed."""
    difference = np.array(ours) - np.array(theirs)
    error = float(np.std(difference, ddof=1) / np.sqrt(len(difference)))
    harness.figure("%s, difference %+.4f ± %.4f" % (what, difference.mean(), error),
                   float(np.mean(ours)), at_most=float(np.mean(theirs)) + 2 * error,
                   peer=(peer, float(np.mean(theirs))), digits=4)


def counts(connection):
    """visits: Poisson's mean deviance."""
    from sklearn.linear_model import PoissonRegressor
    from sklearn.metrics import mean_poisson_deviance
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    ours, theirs = [], []
    for xt, yt, xs, ys in real_tables.each("visits"):
        p = our_predictions(connection, '{"loss": "poisson"}', xt, yt, xs, ys)
        ours.append(mean_poisson_deviance(ys, p))
        peer = make_pipeline(StandardScaler(), PoissonRegressor(max_iter=1000)).fit(xt, yt)
        theirs.append(mean_poisson_deviance(ys, peer.predict(xs)))
    figure_paired("defaults on visits, loss poisson, mean deviance", ours, theirs,
                  "PoissonRegressor")


def pinball(q, y, p):
    """Return the mean pinball loss of predictions."""
    return float(np.mean(np.maximum(q * (y - p), (q - 1) * (y - p))))


def quantreg_predictions(q, xt, yt, xs, ys):
    """Return quantreg's predictions of the training and of the test rows."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in ("train", "test", "out")]
        write_rows(paths[0], xt, yt)
        write_rows(paths[1], xs, ys)
        subprocess.run(["Rscript", os.path.join(harness.HERE, "quantreg_peer.R"), str(q)]
                       + paths, check=True, stderr=subprocess.DEVNULL)
        p = np.loadtxt(paths[2])
    return p[:len(yt)], p[len(yt):]


def program_predictions(q, xt, yt, xs, ys):
    """Return likewise what scikit-learn's linear program predicts."""
    from sklearn.linear_model import QuantileRegressor
    peer = QuantileRegressor(quantile=q, alpha=0, solver="highs").fit(xt, yt)
    return peer.predict(xt), peer.predict(xs)


def quantiles(connection):
    """engel: pinball losses of other rows by default, of training rows without wd."""
    name, predictions = (("quantreg", quantreg_predictions) if has_package("quantreg")
                         else ("QuantileRegressor", program_predictions))
    for q in (0.1, 0.5, 0.9):
        options = '{"loss": "quantile_loss", "quantile": %s%s}'
        ours, theirs, above = [], [], []
        for xt, yt, xs, ys in real_tables.each("engel"):
            on_train, on_test = predictions(q, xt, yt, xs, ys)
            ours.append(pinball(q, ys, our_predictions(
                connection, options % (q, ""), xt, yt, xs, ys)))
            theirs.append(pinball(q, ys, on_test))
            plain = our_predictions(connection, options % (q, ', "wd": 0'), xt, yt, xt, yt)
            above.append(pinball(q, yt, plain) / pinball(q, yt, on_train) - 1)
        figure_paired("defaults on engel, quantile %s, pinball" % q, ours, theirs, name)
        harness.figure("engel, quantile %s, wd 0: training rows' pinball above %s's, relative"
                       % (q, name), max(above), at_most=1e-4, digits=8)


def packages(connection):
    """packages, once: section from the words of name and description."""
    import sql_tables
    import tables_peer
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import LinearSVC
    tables = importlib.import_module("70_tables")
    sql_tables.load_packages(connection)
    labels, answers = tables.linlearn_scores(connection, "packages", 1)
    ours = float(np.mean([a == b for a, b in zip(labels, answers)]))
    parts = [harness.query(connection, f"""SELECT to_tsvector('english',
        package || ' ' || description)::text, section FROM packages
        WHERE {which} {tables.IN_TRAIN} ORDER BY id""", 1) for which in ("", "NOT")]
    train, test = tables_peer.words([r[0] for r in parts[0]], [r[0] for r in parts[1]])
    for learner, most in ((LinearSVC(), 0.005), (LogisticRegression(max_iter=200), 0)):
        learner.fit(train, [r[1] for r in parts[0]])
        theirs = float(np.mean(learner.predict(test) == [r[1] for r in parts[1]]))
        harness.figure("defaults on packages, 58 sections by words, accuracy", ours,
                       at_least=theirs - most, peer=(type(learner).__name__, theirs), digits=4)


def main():
    warnings.filterwarnings("ignore")
    if real_tables.folder() is None:
        return
    connection = harness.connect()
    chosen = os.environ.get("LINLEARN_BENCH_TABLES", "")
    kinds = {True: {}, False: {}}
    glmnet = has_package("glmnet")
    if not glmnet:
        print("  no glmnet here", flush=True)
    for name in real_tables.TABLES:
        if not chosen or name.split(",")[0] in chosen.split():
            run_table(connection, name, kinds[real_tables.TABLES[name][2]], glmnet)
    for name, piece in (("visits", counts), ("engel", quantiles), ("packages", packages)):
        if not chosen or name in chosen.split():
            piece(connection)
    for classifier, found in kinds.items():
        if not found:
            continue
        means = {m: float(np.mean(r)) for m, r in found.items()}
        best = min((m for m in means if m != "linlearn"), key=means.get)
        print("  mean ranks: " + ", ".join("%s %.2f" % m for m in means.items()),
              file=sys.stderr)
        harness.figure("mean rank, " + ("classifiers" if classifier else "regressors"),
                       means["linlearn"], at_most=means[best],
                       peer=(best, means[best]), digits=2)


if __name__ == "__main__":
    main()
