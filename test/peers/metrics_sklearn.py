"""Compare the metric aggregates with scikit-learn, value by value.

usage: metrics_sklearn.py HOST PORT
Prints a line of TAP for each comparison.
"""
import sys

import numpy
import psycopg2
from sklearn import metrics
from sklearn.calibration import calibration_curve

TESTS = 0
connection = psycopg2.connect(host=sys.argv[1], port=sys.argv[2],
                              user="peer", dbname="postgres")
connection.autocommit = True


def ask(sql, *arguments):
    """Return the first row of a query."""
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments or None)
        return cursor.fetchone()


def rows(sql, *arguments):
    """Return all rows of a query as an array of numbers."""
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments or None)
        return numpy.array(cursor.fetchall(), dtype=float)


def check(name, ours, theirs, tolerance=1e-10):
    """Print whether two numbers or arrays are near."""
    global TESTS
    TESTS += 1
    ours = numpy.asarray(ours, dtype=float)
    theirs = numpy.asarray(theirs, dtype=float)
    near = ours.shape == theirs.shape and numpy.allclose(
        ours, theirs, rtol=tolerance, atol=tolerance, equal_nan=True)
    print(f"{'ok' if near else 'not ok'} {TESTS} - {name}")
    if not near:
        print(f"# ours {ours}, scikit-learn's {theirs}")


def load(columns, types):
    """Fill the table judged."""
    names = ", ".join(columns)
    declared = ", ".join(f"{n} {t}" for n, t in zip(columns, types))
    arrays = ", ".join(["%s"] * len(columns))
    casts = arrays.replace("%s", "%s::{}[]").format(*types)
    ask(f"DROP TABLE IF EXISTS judged; CREATE TABLE judged ({declared}); "
        f"INSERT INTO judged SELECT * FROM unnest({casts}) AS v({names}); "
        "SELECT count(*) FROM judged",
        *[numpy.asarray(c).tolist() for c in columns.values()])


def binary(name, actual, predicted, score, weight, labels):
    """Compare everything about two classes."""
    load({"a": actual, "p": predicted, "s": score, "w": weight},
         [labels, labels, "float8", "float8"])
    positive = "true" if labels == "boolean" else "1"
    for beta, weights, arguments in ((1, None, ""), (2, None, ""),
                                     (0.5, weight, ", w")):
        kind = f"{name}, beta {beta}" + (", weights" if arguments else "")
        ours = ask(f"SELECT linlearn_metrics(a, p, s, %s{arguments}) FROM judged",
                   f'{{"f_beta": {beta}, "positive": "{positive}"}}')[0]
        theirs = {
            "accuracy": metrics.accuracy_score(actual, predicted, sample_weight=weights),
            "precision": metrics.precision_score(actual, predicted, sample_weight=weights, zero_division=0),
            "recall": metrics.recall_score(actual, predicted, sample_weight=weights, zero_division=0),
            "f_beta": metrics.fbeta_score(actual, predicted, beta=beta, sample_weight=weights, zero_division=0),
            "specificity": metrics.recall_score(actual, predicted, pos_label=0, sample_weight=weights, zero_division=0),
            "balanced_accuracy": metrics.balanced_accuracy_score(actual, predicted, sample_weight=weights),
            "mcc": metrics.matthews_corrcoef(actual, predicted, sample_weight=weights),
            "kappa": metrics.cohen_kappa_score(actual, predicted, sample_weight=weights),
            "log_loss": metrics.log_loss(actual, score, sample_weight=weights),
            "brier": metrics.brier_score_loss(actual, score, sample_weight=weights),
            "roc_auc": metrics.roc_auc_score(actual, score, sample_weight=weights),
            "pr_auc": metrics.average_precision_score(actual, score, sample_weight=weights),
        }
        for figure, value in theirs.items():
            check(f"{kind}: {figure}", ours[figure], value)
        for figure in ("roc_auc", "pr_auc", "log_loss", "brier"):
            check(f"{kind}: linlearn_{figure}",
                  ask(f"SELECT linlearn_{figure}(a, s{arguments}) FROM judged")[0],
                  theirs[figure])
    matrix = ask("SELECT linlearn_confusion(a, p) FROM judged")[0]
    check(f"{name}: confusion", matrix["matrix"],
          metrics.confusion_matrix(actual, predicted))
    curves(name, actual, score)


def curves(name, actual, score):
    """Compare curves and calibration."""
    false_rate, true_rate, threshold = metrics.roc_curve(actual, score)
    points = rows("SELECT * FROM unnest((SELECT linlearn_roc_curve(a, s) FROM judged))")
    check(f"{name}: roc_curve, rates", points[:, 1:],
          numpy.column_stack([false_rate, true_rate]))
    check(f"{name}: roc_curve, thresholds", points[1:, 0], threshold[1:])
    precision, recall, threshold = metrics.precision_recall_curve(actual, score)
    points = rows("SELECT * FROM unnest((SELECT linlearn_pr_curve(a, s) FROM judged))")
    check(f"{name}: pr_curve", points[::-1, 1:],
          numpy.column_stack([precision, recall]))
    check(f"{name}: pr_curve, thresholds", points[:0:-1, 0], threshold)
    for bins in (5, 10, 17):
        rate, mean = calibration_curve(actual, score, n_bins=bins)
        points = rows("SELECT mean_score, rate FROM unnest((SELECT linlearn_calibration(a, s, %s) FROM judged))", bins)
        check(f"{name}: calibration, {bins} bins", points,
              numpy.column_stack([mean, rate]))


def multiclass(name, actual, predicted, scores, type_name):
    """Compare everything about many classes."""
    load({"a": actual, "p": predicted}, [type_name, type_name])
    ours = ask("SELECT linlearn_metrics(a, p, NULL, '{\"f_beta\": 2, \"predictor_type\": \"multiclass_classifier\"}') FROM judged")[0]
    check(f"{name}: accuracy", ours["accuracy"],
          metrics.accuracy_score(actual, predicted))
    check(f"{name}: balanced_accuracy", ours["balanced_accuracy"],
          metrics.balanced_accuracy_score(actual, predicted))
    check(f"{name}: mcc", ours["mcc"],
          metrics.matthews_corrcoef(actual, predicted))
    check(f"{name}: kappa", ours["kappa"],
          metrics.cohen_kappa_score(actual, predicted))
    for average in ("macro", "micro", "weighted"):
        theirs = metrics.precision_recall_fscore_support(
            actual, predicted, beta=2, average=average, zero_division=0)
        for figure, value in zip(("precision", "recall", "f_beta"), theirs):
            check(f"{name}: {average}_{figure}", ours[f"{average}_{figure}"],
                  value)
    theirs = metrics.precision_recall_fscore_support(
        actual, predicted, beta=2, zero_division=0)
    for figure, value in zip(("precision", "recall", "f_beta", "actual"), theirs):
        check(f"{name}: {figure} per class",
              [c[figure] for c in ours["per_class"]], value)
    check(f"{name}: confusion",
          ask("SELECT linlearn_confusion(a, p) FROM judged")[0]["matrix"],
          metrics.confusion_matrix(actual, predicted))
    if scores is None:
        return
    classes = scores.shape[1]
    ask("DROP TABLE judged; CREATE TABLE judged (a integer, scores float8[]); SELECT 1")
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO judged VALUES (%s, %s)",
                           list(zip(actual.tolist(), scores.tolist())))
    for k in range(1, classes):
        check(f"{name}: top {k}",
              ask("SELECT linlearn_top_k_accuracy(a, scores, %s) FROM judged", k)[0],
              metrics.top_k_accuracy_score(actual, scores, k=k, labels=range(classes)))
    check(f"{name}: log_loss",
          ask("SELECT linlearn_log_loss(a, scores) FROM judged")[0],
          metrics.log_loss(actual, scores, labels=range(classes)))
    gains = [1 / numpy.log2(2 + (row > row[truth]).sum())
             for row, truth in zip(scores, actual)]
    check(f"{name}: dcg", ask("SELECT linlearn_dcg(a, scores) FROM judged")[0],
          numpy.mean(gains))


def regressor(name, actual, predicted, weight):
    """Compare everything about values."""
    load({"a": actual, "p": predicted, "w": weight}, ["float8"] * 3)
    for weights, arguments in ((None, ""), (weight, ", w")):
        kind = name + (", weights" if arguments else "")
        ours = ask(f"SELECT linlearn_metrics(a, p, NULL, '{{\"quantile\": 0.8}}'{arguments}) FROM judged")[0]
        theirs = {
            "mse": metrics.mean_squared_error(actual, predicted, sample_weight=weights),
            "rmse": metrics.mean_squared_error(actual, predicted, sample_weight=weights) ** 0.5,
            "mae": metrics.mean_absolute_error(actual, predicted, sample_weight=weights),
            "r2": metrics.r2_score(actual, predicted, sample_weight=weights),
            "explained_variance": metrics.explained_variance_score(actual, predicted, sample_weight=weights),
            "pinball": metrics.mean_pinball_loss(actual, predicted, sample_weight=weights, alpha=0.8),
            "max_error": metrics.max_error(actual, predicted),
        }
        for figure, value in theirs.items():
            check(f"{kind}: {figure}", ours[figure], value)
        if not arguments:
            for figure in ("mse", "rmse", "mae", "r2"):
                check(f"{kind}: linlearn_{figure}",
                      ask(f"SELECT linlearn_{figure}(a, p) FROM judged")[0],
                      theirs[figure])
            check(f"{kind}: linlearn_pinball",
                  ask("SELECT linlearn_pinball(a, p, 0.8) FROM judged")[0],
                  theirs["pinball"])


random = numpy.random.default_rng(7)
size = 3000
truth = random.random(size) < 0.3
near = numpy.clip(0.35 * truth + random.random(size) * 0.65, 0, 1)
weight = random.integers(0, 4, size) * 0.75
binary("continuous scores", truth, near > 0.5, near, weight, "boolean")
binary("tied scores", truth.astype(int), (near > 0.4).astype(int),
       numpy.round(near, 1), weight, "integer")
binary("rare and sure", random.random(size) < 0.005, near > 2,
       (near > 0.9).astype(float), weight + 1, "boolean")
classes = random.integers(0, 6, size)
guess = numpy.where(random.random(size) < 0.7, classes, random.integers(0, 7, size))
scores = random.random((size, 7)) + numpy.eye(7)[guess]
scores /= scores.sum(axis=1, keepdims=True)
multiclass("numbers", classes, guess, scores, "integer")
names = numpy.array(["ant", "bee", "cat", "dog", "eel", "fox", "gnu"])
multiclass("names", names[classes], names[guess], None, "text")
multiclass("one class", classes * 0, guess * 0 + 3, None, "integer")
values = random.normal(1e4, 3, size)
regressor("values", values, values + random.normal(0.2, 1, size), weight)
regressor("constant", values * 0 + 7, values * 0 + 8, weight)
regressor("perfect", values, values, weight)
print(f"1..{TESTS}")
