"""Rows beyond linlearn.train_mem: time of an epoch and accuracy beside memory.

The digits are stored sorted by label, the worst order to read them in.  The
time of an epoch is the difference between trainings of many and few epochs.
"""
import statistics
import time

import harness

TRAINING = """SELECT linlearn_train(pixels, label,
  '{"predictor_type": "multiclass_classifier", "optimizer": "adam", "epochs": %d,
    "num_models": 1, "early_stopping_patience": 1000}', split) FROM by_label"""


def train(connection, epochs, runs=5):
    """Return the model and the median wall time of a training."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        model = bytes(harness.value(connection, TRAINING % epochs))
        times.append(time.perf_counter() - start)
    return model, statistics.median(times)


def accuracy(connection, model):
    return harness.value(connection, """
        SELECT avg((linlearn_predict(%s, pixels) = label)::int)::float8
        FROM linlearn_mnist WHERE split = 'test'""", model)


def main():
    connection = harness.connect(max_parallel_workers_per_gather=0, linlearn__threads=2)
    harness.query(connection, """
        CREATE TABLE by_label AS SELECT split, label, pixels FROM linlearn_mnist
        WHERE split <> 'test' ORDER BY label""")
    harness.query(connection, "VACUUM ANALYZE by_label")
    size = harness.value(connection, "SELECT sum(octet_length(pixels)) FROM by_label")
    found = {}
    for place in ("memory", "files"):
        harness.query(connection, "SET linlearn.train_mem = '%dkB'"
                      % (1048576 if place == "memory" else size // 10240))
        short, long = train(connection, 2)[1], train(connection, 12)
        found[place] = ((long[1] - short) / 10, accuracy(connection, long[0]))
    harness.query(connection, "DROP TABLE by_label")
    harness.figure("rows of 10 times train_mem, time of an epoch",
                   found["files"][0] / found["memory"][0], at_most=2, digits=2)
    harness.figure("rows of 10 times train_mem, lost accuracy",
                   found["memory"][1] - found["files"][1], at_most=0.002, digits=4)


main()
