"""Replay SageMaker's MNIST tutorial, step by step, from a plain client.

usage: tutorial_client.py [--dsn DSN] [--source SOURCE] [--epochs N] [--jobs N]
                          [--least-f1 F1]

Every step of the tutorial "An introduction to Linear Learner with MNIST" is
here one SQL statement over an ordinary connection (python3-psycopg2).  SOURCE is
what linlearn_load_mnist takes: a folder or file on the server, a URL, or
'synthetic' (the default).  Model and endpoint are deleted at the end.
"""
import argparse
import hashlib
import json
import struct
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


# The tutorial's pixels are floats k/256, which a byte k of linlearn_mnist counts.
TEXT = [repr(k / 256) for k in range(256)]
FLOAT = [struct.pack("<f", k / 256) for k in range(256)]


def csv(rows):
    """A request of serializers.CSVSerializer."""
    return "\n".join(",".join(TEXT[k] for k in row) for row in rows)


def recordio(rows, labels=None):
    """What write_numpy_to_dense_tensor writes, with labels or for a request."""
    def field(number, content):
        length, size = b"", len(content)
        while size > 127:
            length += bytes([size & 127 | 128])
            size >>= 7
        return bytes([number << 3 | 2]) + length + bytes([size]) + content

    def values(number, floats):
        return field(number, field(1, b"values") + field(2, field(2, field(1, floats))))

    frames = []
    for i, row in enumerate(rows):
        record = values(1, b"".join(FLOAT[k] for k in row))
        if labels is not None:
            record += values(2, struct.pack("<f", labels[i]))
        frames.append(struct.pack("<II", 0xCED7230A, len(record)) + record
                      + bytes(-len(record) % 4))
    return b"".join(frames)


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
    upload(client)


def upload(client):
    """The tutorial's files, byte for byte; the table itself is the channel."""
    files = client.step("write_numpy_to_dense_tensor, upload_fileobj", f"""
        SELECT split, rows, length(data), sha256(data)
        FROM (SELECT split, count(*) AS rows,
                     linlearn_to_recordio(pixels, {LABEL} ORDER BY id) AS data
              FROM linlearn_mnist GROUP BY split OFFSET 0) AS files""")
    for split, rows, size, _ in files:
        print(f"      {split}: {size:,} bytes of recordIO")
        if size != 3184 * rows:
            raise SystemExit(f"the tutorial's file of {rows} rows has {3184 * rows} bytes")
    client.cursor.execute("""
        SELECT label, pixels FROM linlearn_mnist WHERE split = 'test' ORDER BY id""")
    rows = client.cursor.fetchall()
    ours = recordio([bytes(pixels) for _, pixels in rows],
                    [label == 0 for label, _ in rows])
    hashes = {split: bytes(digest) for split, _, _, digest in files}
    if hashlib.sha256(ours).digest() != hashes["test"]:
        raise SystemExit("recordIO differs from what the tutorial writes")


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
    # The estimator's own mini_batch_size stays beside its range.
    tuning = {"predictor_type": "binary_classifier", "epochs": epochs,
              "mini_batch_size": 200,
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
    """hp_tuner.deploy: the latest version behind a name."""
    client.step("deploy", "SELECT linlearn_create_endpoint('tutorial', 'tutorial-zero')")
    client.connection.notices.clear()


FORMS = {"text/csv": csv, "application/x-recordio-protobuf": recordio}


def ask(client, body, content_type):
    """invoke_endpoint: the labels of a request's rows."""
    client.cursor.execute(
        "SELECT linlearn_invoke_endpoint('tutorial', %s, %s, 'application/json')",
        (psycopg2.Binary(body) if isinstance(body, bytes) else body, content_type))
    answer = client.cursor.fetchone()[0]
    answer = json.loads(answer if isinstance(answer, str) else bytes(answer))
    return [p["predicted_label"] for p in answer["predictions"]]


def first_answer(client):
    """predict(train_set[0][30:31]), and the same pixels in another unit."""
    pixels = client.step("predict(train_set[0][30:31])", """
        SELECT pixels FROM linlearn_mnist
        WHERE split = 'train' ORDER BY id OFFSET 30 LIMIT 1""")[0][0]
    print(f"      {ask(client, csv([bytes(pixels)]), 'text/csv')}")
    if client.connection.notices:
        raise SystemExit(f"warnings for k/256: {client.connection.notices}")
    ask(client, ",".join(map(str, bytes(pixels))), "text/csv")
    if not any("magnitude" in notice for notice in client.connection.notices):
        raise SystemExit("no warning for pixels from 0 to 255")
    print("      pixels from 0 to 255: " + client.connection.notices[-1].split("\n")[0])
    client.connection.notices.clear()


def predict(client):
    """The loop over np.array_split(test_set[0], 100), in every form there is."""
    rows = client.step("test_set; predict in SQL", """
        SELECT label, pixels, linlearn_predict('tutorial', pixels)
        FROM linlearn_mnist WHERE split = 'test' ORDER BY id""")
    actual = [int(label == 0) for label, _, _ in rows]
    pixels = [bytes(data) for _, data, _ in rows]
    predictions = {"bytea in SQL": [int(p) for _, _, p in rows]}
    parts = min(100, len(pixels))
    bounds = [len(pixels) * i // parts for i in range(parts + 1)]
    for content_type, serialize in FORMS.items():
        start = time.perf_counter()
        answers = []
        for begin, end in zip(bounds, bounds[1:]):
            answers += ask(client, serialize(pixels[begin:end]), content_type)
        predictions[content_type] = answers
        client.number += 1
        print(f"{client.number:2}. predict in {parts} batches of {content_type}"
              f" ({time.perf_counter() - start:.2f} s)")
    if client.connection.notices:
        raise SystemExit(f"warnings for k/256: {client.connection.notices}")
    return actual, predictions


def f1_score(actual, predictions):
    """F1 of the ones."""
    hits = sum(a == 1 and p == 1 for a, p in zip(actual, predictions))
    wrong = sum(a != p for a, p in zip(actual, predictions))
    return 2 * hits / max(1, 2 * hits + wrong)


def crosstab(actual, predictions):
    """Print pd.crosstab(actuals, predictions) and the figures out of it."""
    count = [[sum(a == i and p == j for a, p in zip(actual, predictions))
              for j in (0, 1)] for i in (0, 1)]
    print("predictions      0      1\nactuals")
    for i in (0, 1):
        print(f"{i:<11}{count[i][0]:7}{count[i][1]:7}")
    correct = count[0][0] + count[1][1]
    print(f"accuracy {correct / len(actual):.4f}, F1 {f1_score(actual, predictions):.4f}"
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
    parser.add_argument("--least-f1", type=float, default=0,
                        help="fail below this F1, in whatever form rows are sent")
    arguments = parser.parse_args()
    client = Client(arguments.dsn)
    prepare(client, arguments.source)
    fit(client, arguments.epochs)
    tune(client, arguments.jobs, arguments.epochs)
    deploy(client)
    first_answer(client)
    actual, predictions = predict(client)
    crosstab(actual, predictions["text/csv"])
    for form, answers in predictions.items():
        f1 = f1_score(actual, answers)
        print(f"F1 of {form}: {f1:.4f}")
        if f1 < arguments.least_f1:
            raise SystemExit(f"F1 of {form} is below {arguments.least_f1}")
    clean_up(client)


if __name__ == "__main__":
    sys.exit(main())
