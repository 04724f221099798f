"""Play the tutorial's client: boto3 and numpy as in its cells, psycopg2 for the
service.

usage: tutorial_boto3.py HOST PORT S3_URL
The S3 server has a bucket "bucket".  Files go into the current directory.
Prints a line of TAP for each check.
"""
import csv
import gzip
import io
import json
import os
import pickle
import sys

import boto3
import numpy as np
import psycopg2
from botocore.config import Config

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "t"))
from recordio_protobuf import frame, record_class  # noqa: E402

TESTS = 0
SAMPLE = "datasets/image/MNIST/mnist.pkl.gz"
PREFIX = "sagemaker/DEMO-linear-mnist"
BUCKET = "bucket"


def check(name, good, *details):
    """Print whether something holds."""
    global TESTS
    TESTS += 1
    print(f"{'ok' if good else 'not ok'} {TESTS} - {name}")
    for detail in () if good else details:
        print(f"# {detail}")


class Service:
    """What stands where the tutorial has SageMaker: SQL over a connection."""

    def __init__(self, host, port, url):
        self.connection = psycopg2.connect(host=host, port=port, user="client", dbname="postgres")
        self.connection.autocommit = True
        self.cursor = self.connection.cursor()
        self.ask("LOAD 'linlearn'")
        for name, value in (("allowed_url_prefixes", f"s3://{BUCKET}/"), ("s3_endpoint", url),
                            ("s3_access_key", os.environ["AWS_ACCESS_KEY_ID"]),
                            ("s3_secret_key", os.environ["AWS_SECRET_ACCESS_KEY"]),
                            ("s3_session_token", os.environ["AWS_SESSION_TOKEN"])):
            self.ask("SELECT set_config(%s, %s, false)", "linlearn." + name, value)

    def ask(self, sql, *arguments):
        """The first column of the first row, or None."""
        self.cursor.execute(sql, arguments or None)
        return self.cursor.fetchone()[0] if self.cursor.description else None

    def error(self, sql, *arguments):
        """The message of a statement that fails."""
        try:
            self.ask(sql, *arguments)
        except psycopg2.Error as error:
            return error.diag.message_primary
        return None


def publish(service, s3):
    """Put a mnist.pkl.gz where the tutorial finds one: floats k/256, a Python 2 pickle."""
    service.ask("SELECT count(*) FROM linlearn_load_mnist('synthetic', 'drawn', 3000, 600, 1000)")
    sets = []
    for split in ("train", "validation", "test"):
        service.cursor.execute("SELECT pixels, label FROM drawn WHERE split = %s ORDER BY id", (split,))
        rows = service.cursor.fetchall()
        pixels = np.frombuffer(b"".join(bytes(row[0]) for row in rows), np.uint8).reshape(len(rows), -1)
        sets.append((pixels.astype("float32") / np.float32(256), np.array([row[1] for row in rows], "int64")))
    packed = io.BytesIO(gzip.compress(pickle.dumps(tuple(sets), protocol=2), 1))
    s3.Bucket(BUCKET).Object(SAMPLE).upload_fileobj(packed)


def download(s3):
    """s3.download_file(...), pickle.load(f, encoding="latin1")"""
    s3.meta.client.download_file(BUCKET, SAMPLE, "mnist.pkl.gz")
    with gzip.open("mnist.pkl.gz", "rb") as file:
        return pickle.load(file, encoding="latin1")


def show(service, images, labels):
    """show_digit(train_set[0][30], f"This is a {train_set[1][30]}")"""
    drawn = service.ask("SELECT linlearn_show_digit(%s::real[], %s)",
                        images[30].tolist(), f"This is a {labels[30]}")
    check("show_digit has its title", drawn.split("\n")[0] == f"This is a {labels[30]}", drawn)
    check("and the picture of the bytes", drawn == service.ask(
        "SELECT linlearn_show_digit(pixels, 'This is a ' || label) FROM drawn WHERE split = 'train' AND id = 30"), drawn)


def write_numpy_to_dense_tensor(file, array, labels):
    """What the SDK's function of this name writes, by Google's protobuf."""
    cls = record_class("aialgs.data")
    for vector, label in zip(array, labels):
        record = cls()
        record.features["values"].float32_tensor.values.extend(vector.tolist())
        record.label["values"].float32_tensor.values.append(label)
        file.write(frame(record.SerializeToString()))


def upload(service, s3, name, images, labels):
    """buf.seek(0); boto3.resource("s3").Bucket(bucket).Object(key).upload_fileobj(buf)"""
    vectors = np.array([t.tolist() for t in images]).astype("float32")
    zeros = np.where(np.array([t.tolist() for t in labels]) == 0, 1, 0).astype("float32")
    buffer = io.BytesIO()
    write_numpy_to_dense_tensor(buffer, vectors, zeros)
    buffer.seek(0)
    key = os.path.join(PREFIX, name, "recordio-pb-data")
    s3.Bucket(BUCKET).Object(key).upload_fileobj(buffer)
    url = f"s3://{BUCKET}/{key}"
    check(f"the {name} channel is what linlearn writes of the same digits", service.ask("""
        SELECT linlearn_fetch(%s) = linlearn_to_recordio(pixels, label = 0 ORDER BY id)
        FROM drawn WHERE split = %s""", url, name))
    return url


def channels(urls):
    """The rows of both channels."""
    return " UNION ALL ".join(
        f"SELECT features, label, '{name}' AS split FROM linlearn_read_recordio(linlearn_fetch('{url}'))"
        for name, url in urls.items())


def fit(service, urls):
    """Estimator(...), set_hyperparameters(...), fit({"train": ...})"""
    hyperparameters = {"feature_dim": "784", "predictor_type": "binary_classifier", "mini_batch_size": "200"}
    check("fit", service.ask(f"""
        SELECT linlearn_save_model('linear-mnist', linlearn_train(features, label, %s, split))
        FROM ({channels(urls)}) AS c""", json.dumps(hyperparameters)) == 1)


def tune(service, urls):
    """HyperparameterTuner(...).fit(...), with the ranges as the SDK's classes have them"""
    job = {"predictor_type": "binary_classifier", "feature_dim": "784", "epochs": "5",
           "objective_metric_name": "validation:binary_f_beta", "objective_type": "Maximize",
           "max_jobs": 6, "max_parallel_jobs": 2,
           "hyperparameter_ranges": {
               "wd": {"MinValue": "1e-7", "MaxValue": "1", "ScalingType": "Auto"},
               "learning_rate": {"MinValue": "1e-5", "MaxValue": "1", "ScalingType": "Auto"},
               "mini_batch_size": {"MinValue": "100", "MaxValue": "2000", "ScalingType": "Auto"}}}
    check("tune", service.ask(f"""
        SELECT linlearn_save_model('linear-mnist', linlearn_tune(features, label, %s, split))
        FROM ({channels(urls)}) AS c""", json.dumps(job)) == 2)
    check("analytics().dataframe()", service.ask(
        "SELECT count(*) FROM linlearn_trials(linlearn_model('linear-mnist'))") == 6)


def predict(service, array):
    """predictor.predict(array): CSVSerializer out, JSONDeserializer back"""
    body = io.StringIO()
    csv.writer(body, lineterminator="\n").writerows(array.tolist())
    return json.loads(service.ask(
        "SELECT linlearn_invoke_endpoint('linear-mnist', %s, 'text/csv', 'application/json')", body.getvalue()))


def judge(service, images, labels):
    """The loop over np.array_split(test_set[0], 100), and pd.crosstab"""
    predictions = []
    for array in np.array_split(images, 100):
        result = predict(service, array)
        predictions += [r["predicted_label"] for r in result["predictions"]]
    predictions = np.array(predictions)
    actual = np.where(labels == 0, 1, 0)
    check("a prediction a row", predictions.shape == labels.shape and set(predictions) <= {0, 1})
    check("the same as in SQL", predictions.tolist() == service.ask("""
        SELECT array_agg(linlearn_predict(linlearn_model('linear-mnist'), ARRAY(
            SELECT get_byte(pixels, i) / 256.0 FROM generate_series(0, 783) i)::real[])::int ORDER BY id)
        FROM drawn WHERE split = 'test'"""))
    count = [[int(np.sum((actual == i) & (predictions == j))) for j in (0, 1)] for i in (0, 1)]
    table = service.ask("""SELECT linlearn_crosstab(a, p, 'actuals', 'predictions')
        FROM unnest(%s::int[], %s::int[]) AS v (a, p)""", actual.tolist(), predictions.tolist())
    check("crosstab", table.split() == ["predictions", "0", "1", "actuals", "0", *map(str, count[0]),
                                        "1", *map(str, count[1])], table)
    f1 = 2 * count[1][1] / (2 * count[1][1] + count[0][1] + count[1][0])
    check("zeros are told", f1 > 0.8, f"F1 {f1:.4f}", table)


def clean_up(service):
    """predictor.delete_model(), predictor.delete_endpoint(): the model first"""
    check("delete_model", service.ask("SELECT linlearn_delete_model('linear-mnist')") == 2)
    message = service.error("SELECT linlearn_invoke_endpoint('linear-mnist', '0')")
    check("the endpoint then says what is missing", message is not None and "does not exist" in message, message)
    check("delete_endpoint", service.error("SELECT linlearn_delete_endpoint('linear-mnist')") is None)


def main():
    host, port, url = sys.argv[1:4]
    s3 = boto3.resource("s3", endpoint_url=url, region_name="us-east-1",
                        config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}))
    service = Service(host, port, url)
    publish(service, s3)
    train_set, valid_set, test_set = download(s3)
    check("download_file and pickle.load", train_set[0].shape == (3000, 784) and train_set[0].max() < 1)
    service.ask("SELECT count(*) FROM linlearn_load_mnist(%s, 'loaded')", f"s3://{BUCKET}/{SAMPLE}")
    check("linlearn_load_mnist reads the same object", service.ask(
        "SELECT count(*) FROM loaded JOIN drawn USING (split, id, label, pixels)") == 4600)
    show(service, *train_set)
    urls = {"train": upload(service, s3, "train", *train_set),
            "validation": upload(service, s3, "validation", *valid_set)}
    fit(service, urls)
    tune(service, urls)
    check("deploy", service.ask("SELECT linlearn_create_endpoint('linear-mnist', 'linear-mnist')") == 2)
    result = predict(service, train_set[0][30:31])
    check("predict(train_set[0][30:31])", [sorted(r) for r in result["predictions"]] == [["predicted_label", "score"]], result)
    judge(service, *test_set)
    clean_up(service)
    print(f"1..{TESTS}")


if __name__ == "__main__":
    main()
