"""Tuning: the tutorial's job, Bayesian beside random, cross-validation beside scikit-learn.

BENCH_TUNING=full runs every fit of the peer; by default it runs a part of them
and its time is scaled by the number of fits, which the table says.
"""
import json
import os
import statistics
import subprocess
import sys
import time

import harness

RANGES = """jsonb_build_object(
    'wd', linlearn_continuous(1e-7, 1),
    'learning_rate', linlearn_continuous(1e-5, 1),
    'mini_batch_size', linlearn_integer(100, 2000))"""
# The request in a sub-select is computed once, not once a row.
TUNE = """SELECT linlearn_tune(pixels, label = 0,
  (SELECT jsonb_build_object('predictor_type', 'binary_classifier',
    'objective', 'validation:binary_f_beta', 'ranges', """ + RANGES + """)
    || %s::jsonb), split)
  FROM linlearn_mnist WHERE split IN ('train', 'validation')"""
DEFAULT = """SELECT linlearn_train(pixels, label = 0, %s::jsonb, split)
  FROM linlearn_mnist WHERE split IN ('train', 'validation')"""
# The peer has no mini-batches; with one size all trials share their products.
FOLDS = """SELECT linlearn_tune(pixels, label = 0,
  (SELECT jsonb_build_object('predictor_type', 'binary_classifier',
    'objective', 'validation:binary_f_beta', 'strategy', 'Random',
    'max_jobs', 30, 'max_parallel_jobs', 30, 'folds', 5, 'ranges',
    jsonb_build_object('wd', linlearn_continuous(1e-7, 1),
      'learning_rate', linlearn_continuous(1e-5, 1)))))
  FROM linlearn_mnist WHERE split = 'train'"""
SEEDS = range(5)
PEER = os.path.join(harness.HERE, "sklearn_search.py")


def test_f1(connection, model):
    return harness.value(connection, """
        SELECT 2.0 * count(*) FILTER (WHERE y AND p) /
            (count(*) FILTER (WHERE y) + count(*) FILTER (WHERE p))
        FROM (SELECT label = 0 AS y, linlearn_predict(%s, pixels) = 1 AS p
            FROM linlearn_mnist WHERE split = 'test') x""", model)


def best(connection, model):
    return harness.value(connection, """
        SELECT objective FROM linlearn_trials(%s) WHERE best""", model)


def tune(connection, **options):
    start = time.perf_counter()
    model = bytes(harness.value(connection, TUNE, json.dumps(options)))
    return model, time.perf_counter() - start


def untuned(connection, seed):
    start = time.perf_counter()
    model = bytes(harness.value(connection, DEFAULT, json.dumps(
        {"predictor_type": "binary_classifier", "seed": seed})))
    return model, time.perf_counter() - start


def objective(connection, model):
    return float(harness.value(connection, """
        SELECT linlearn_model_info(%s) #>> '{metrics,validation:binary_f_beta}'""", model))


def tutorial(connection):
    """The tutorial's six jobs, over five seeds, beside the untuned default."""
    scores, untuned_scores, gains, times, ratios = [], [], [], [], []
    for seed in SEEDS:
        model, took = tune(connection, max_jobs=6, max_parallel_jobs=2,
                           strategy="Bayesian", seed=seed)
        plain, plain_took = untuned(connection, seed)
        scores.append(float(test_f1(connection, model)))
        untuned_scores.append(float(test_f1(connection, plain)))
        gains.append(objective(connection, model) - objective(connection, plain))
        times.append(took)
        ratios.append(took / plain_took)
    harness.figure("tutorial's tuning, 6 jobs, table to model",
                   statistics.median(times), "s", at_most=1.5)
    harness.figure("tutorial's tuning, 6 jobs, in untuned fits",
                   statistics.median(ratios), at_most=4, digits=1)
    harness.figure("its objective less the untuned default's, least of 5 seeds",
                   min(gains), at_least=0, digits=4)
    harness.figure("its objective less the untuned default's, mean over 5 seeds",
                   statistics.mean(gains), digits=4)
    harness.figure("its test F1, mean over 5 seeds", statistics.mean(scores),
                   at_least=0.960, digits=4, mnist_only=True,
                   peer=("untuned", statistics.mean(untuned_scores)))


def strategies(connection):
    """Thirty trials of each strategy: the mean validation F1 of five seeds."""
    means = {}
    for strategy in "Random", "Bayesian":
        found = [best(connection, tune(connection, max_jobs=30, strategy=strategy,
                                       max_parallel_jobs=2, seed=seed)[0])
                 for seed in SEEDS]
        means[strategy] = statistics.mean(found)
    harness.figure("30 Bayesian trials, validation F1, mean over 5 seeds",
                   means["Bayesian"], at_least=means["Random"], digits=4,
                   peer=("30 random trials", means["Random"]))


def cross_validation(connection):
    """Thirty trials by five folds, beside RandomizedSearchCV."""
    start = time.perf_counter()
    harness.value(connection, FOLDS)
    took = time.perf_counter() - start
    trials = 30 if os.environ.get("BENCH_TUNING") == "full" else 2
    source = harness.value(connection, "SELECT source FROM bench_source")
    theirs = json.loads(subprocess.run(
        [sys.executable, PEER, source, str(trials), "5"], check=True,
        stdout=subprocess.PIPE).stdout)
    scaled = theirs["search_seconds"] * 30 / trials + theirs["refit_seconds"]
    name = "RandomizedSearchCV" if trials == 30 else \
        f"RandomizedSearchCV, {trials} trials scaled to 30"
    harness.figure("30 trials by 5 folds, table to model", took, "s", at_most=60,
                   peer=(name, scaled))
    harness.figure("how many times faster", scaled / took, at_least=10, digits=1)


def main():
    connection = harness.connect(linlearn__threads=2)
    tutorial(connection)
    cross_validation(connection)
    strategies(connection)


main()
