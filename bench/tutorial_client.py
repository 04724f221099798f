"""Replay SageMaker's MNIST tutorial, step by step, from a plain client.

usage: tutorial_client.py [--dsn DSN] [--source SOURCE] [--epochs N] [--jobs N]

Every step of the tutorial "An introduction to Linear Learner with MNIST" is
here one SQL statement over an ordinary connection (python3-psycopg2).  SOURCE is
what linlearn_load_mnist takes: a folder or file on the server, a URL, or
'synthetic' (the default).  Model and endpoint are deleted at the end.
"""
import argparse
import json
import sys
import time

import psycopg2

LABEL = "label = 0"		# the question: is it a zero?


class Client:
    """A session that says what it does and how long it took."""

    def __init__(self, dsn):
        self.connection = psycopg2.connect(dsn)
        self.connection.autocommit = True
        self.cursor = self.connection.cursor()
        self.number = 0

    def step(self, title, sql, *arguments):
        """Run one step of the tutorial; return its rows."""
        self.number += 1
        start = time.perf_counter()
        self.cursor.execute(sql, arguments or None)
        rows = self.cursor.fetchall() if self.cursor.description else []
        print(f"{self.number:2}. {title} ({time.perf_counter() - start:.2f} s)",
              flush=True)
        return rows


def prepare(client, source):
    """Install, load, look: the tutorial's cells up to the upload."""
    client.step("pip install sagemaker", "CREATE EXTENSION IF NOT EXISTS linlearn")
    for split, rows, _ in client.step(
            "s3.download_file, pickle.load",
            "SELECT * FROM linlearn_load_mnist(%s)", source):
        print(f"      {split}: {rows:,} digits")
    digit = client.step("show_digit(train_set[0][30])", """
        SELECT linlearn_show_digit(pixels) FROM linlearn_mnist
        WHERE split = 'train' ORDER BY id OFFSET 30 LIMIT 1""")
    print(digit[0][0])
    size = client.step("write_numpy_to_dense_tensor, upload_fileobj", f"""
        SELECT length(linlearn_to_recordio(pixels, {LABEL}))
        FROM linlearn_mnist WHERE split = 'train'""")
    print(f"      {size[0][0]:,} bytes of recordIO (the table itself is the channel)")


def fit(client, epochs):
    """linear.fit: train on one channel, validate on the other."""
    options = {"predictor_type": "binary_classifier", "feature_dim": 784,
               "mini_batch_size": 200, "epochs": epochs}
    client.step("sagemaker.estimator.Estimator, set_hyperparameters, fit", f"""
        SELECT linlearn_save_model('tutorial-zero',
            linlearn_train(pixels, {LABEL}, %s, split))
        FROM linlearn_mnist WHERE split IN ('train', 'validation')""",
                json.dumps(options))


def tune(client, jobs, epochs):
    """HyperparameterTuner: the best of some jobs becomes the next version."""
    client.cursor.execute("SELECT 1 FROM pg_proc WHERE proname = 'linlearn_tune'")
    if not client.cursor.fetchall():
        print("    HyperparameterTuner: this linlearn has no linlearn_tune; skipped")
        return
    tuning = {"predictor_type": "binary_classifier", "epochs": epochs,
              "objective": "validation:binary_f_beta",
              "objective_type": "Maximize", "strategy": "Bayesian",
              "max_jobs": jobs, "max_parallel_jobs": 2}
    client.step("HyperparameterTuner, fit", f"""
        SELECT linlearn_save_model('tutorial-zero',
            linlearn_tune(pixels, {LABEL}, %s::jsonb || jsonb_build_object('ranges',
                jsonb_build_object(
                    'wd', linlearn_continuous(1e-7, 1),
                    'learning_rate', linlearn_continuous(1e-5, 1),
                    'mini_batch_size', linlearn_integer(100, 2000))), split))
        FROM linlearn_mnist WHERE split IN ('train', 'validation')""",
                json.dumps(tuning))


def deploy(client):
    """hp_tuner.deploy: the latest version behind a name; one first answer."""
    client.step("deploy", "SELECT linlearn_create_endpoint('tutorial', 'tutorial-zero')")
    answer = client.step("predict(train_set[0][30:31])", """
        SELECT linlearn_invoke_endpoint('tutorial',
            array_to_string(ARRAY(SELECT get_byte(pixels, i)
                FROM generate_series(0, length(pixels) - 1) i), ','),
            'text/csv', 'application/json')
        FROM linlearn_mnist WHERE split = 'train' ORDER BY id OFFSET 30 LIMIT 1""")
    print("      " + answer[0][0])


def predict(client):
    """The loop over np.array_split(test_set[0], 100): CSV out, JSON back."""
    rows = client.step("test_set", """
        SELECT label, pixels FROM linlearn_mnist WHERE split = 'test' ORDER BY id""")
    actual = [int(label == 0) for label, _ in rows]
    pixels = [bytes(data) for _, data in rows]
    predictions = []
    parts = min(100, len(pixels))
    bounds = [len(pixels) * i // parts for i in range(parts + 1)]
    start = time.perf_counter()
    for begin, end in zip(bounds, bounds[1:]):
        body = "\n".join(",".join(map(str, row)) for row in pixels[begin:end])
        client.cursor.execute("SELECT linlearn_invoke_endpoint('tutorial', %s,"
                              " 'text/csv', 'application/json')", (body,))
        answer = json.loads(client.cursor.fetchone()[0])
        predictions += [p["predicted_label"] for p in answer["predictions"]]
    client.number += 1
    print(f"{client.number:2}. predict in {parts} batches"
          f" ({time.perf_counter() - start:.2f} s)")
    return actual, predictions


def crosstab(actual, predictions):
    """Print pd.crosstab(actuals, predictions) and the figures out of it."""
    count = [[sum(a == i and p == j for a, p in zip(actual, predictions))
              for j in (0, 1)] for i in (0, 1)]
    print("predictions      0      1\nactuals")
    for i in (0, 1):
        print(f"{i:<11}{count[i][0]:7}{count[i][1]:7}")
    correct = count[0][0] + count[1][1]
    wrong = count[0][1] + count[1][0]
    f1 = 2 * count[1][1] / max(1, 2 * count[1][1] + wrong)
    print(f"accuracy {correct / len(actual):.4f}, F1 {f1:.4f}"
          " (Amazon's notebook: 0.9907, 0.9524)")


def clean_up(client):
    """delete_model, delete_endpoint."""
    client.step("delete_model", "SELECT linlearn_delete_model('tutorial-zero')")
    client.step("delete_endpoint", "SELECT linlearn_delete_endpoint('tutorial')")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--dsn", default="", help="libpq connection string")
    parser.add_argument("--source", default="synthetic")
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--jobs", type=int, default=6)
    arguments = parser.parse_args()
    client = Client(arguments.dsn)
    prepare(client, arguments.source)
    fit(client, arguments.epochs)
    tune(client, arguments.jobs, arguments.epochs)
    deploy(client)
    crosstab(*predict(client))
    clean_up(client)


if __name__ == "__main__":
    sys.exit(main())
