#!/usr/bin/env python3
"""The notebook of SageMaker's MNIST tutorial, with linlearn in SageMaker's place.

Its cells by the numbers of docs/tutorial.md: the digits come from S3 and go back as
recordIO, PostgreSQL reads them from there, trains and tunes, and boto3's client of
SageMaker's runtime predicts through the gateway.  What a cell of the notebook does
with boto3, numpy or pandas is done with them here; where it calls the SDK there is
one statement of SQL.  S3 is Amazon's or any server that speaks it, which both this
script (--s3-url) and the database (linlearn.s3_endpoint) reach.
"""
import argparse
import csv
import gzip
import io
import json
import os
import pickle
import struct
import tempfile

import boto3
import numpy as np
import pandas as pd
import psycopg
from botocore.config import Config


def open_session(options):
    """1. The clients, the bucket, the session: its role is who you connect as."""
    s3 = boto3.resource("s3", endpoint_url=options.s3_url, region_name=options.region)
    runtime = boto3.client(
        "sagemaker-runtime", endpoint_url=options.gateway, region_name=options.region,
        aws_access_key_id="-", aws_secret_access_key="-", config=Config(retries={"max_attempts": 1}))
    connection = psycopg.connect(options.dsn, autocommit=True, client_encoding="utf8")
    return s3, runtime, connection


def load(s3, bucket, key):
    """2. Three pairs of pictures and labels."""
    with tempfile.TemporaryDirectory() as folder:
        name = os.path.join(folder, "mnist.pkl.gz")
        s3.meta.client.download_file(bucket, key, name)
        with gzip.open(name, "rb") as file:
            return pickle.load(file, encoding="latin1")


def show_digit(connection, picture, caption=""):
    """3. Look at one."""
    print(connection.execute("SELECT linlearn_show_digit(%s::real[], %s::text)",
                             [picture.tolist(), caption]).fetchone()[0])


def write_numpy_to_dense_tensor(file, array, labels):
    """5. As sagemaker.amazon.common has it: rows of float32 and their labels as recordIO."""
    def field(number, content):
        length, size = b"", len(content)
        while size > 127:
            length += bytes([size & 127 | 128])
            size >>= 7
        return bytes([number << 3 | 2]) + length + bytes([size]) + content

    def values(number, floats):
        return field(number, field(1, b"values") + field(2, field(2, field(1, floats.astype("<f4").tobytes()))))

    for row, label in zip(array, labels.reshape(-1, 1)):
        record = values(1, row) + values(2, label)
        file.write(struct.pack("<II", 0xCED7230A, len(record)) + record + bytes(-len(record) % 4))


def upload(s3, bucket, prefix, channel, pictures, digits):
    """4 and 5. Vectors, labels 1 for a zero and 0 for others, and their channel in S3."""
    vectors = np.array(pictures).astype("float32")
    labels = np.where(np.array(digits) == 0, 1, 0).astype("float32")
    buffer = io.BytesIO()
    write_numpy_to_dense_tensor(buffer, vectors, labels)
    buffer.seek(0)
    key = os.path.join(prefix, channel, "recordio-pb-data")
    s3.Bucket(bucket).Object(key).upload_fileobj(buffer)
    return f"s3://{bucket}/{prefix}/{channel}/"


# Both channels, read from S3 while the training takes their rows in.
CHANNELS = """
    SELECT (r).features, (r).label, split FROM (
        SELECT linlearn_channel_recordio(%(train)s) AS r, 'train' AS split
        UNION ALL SELECT linlearn_channel_recordio(%(validation)s), 'validation') AS rows"""
HYPERPARAMETERS = {"feature_dim": 784, "predictor_type": "binary_classifier", "mini_batch_size": 200}


def fit(connection, channels, epochs):
    """7. Estimator, set_hyperparameters and fit."""
    job = {**HYPERPARAMETERS, "epochs": epochs}
    connection.execute(f"""
        SELECT linlearn_save_model('linear-mnist', linlearn_train(features, label, %(job)s, split))
        FROM ({CHANNELS}) AS channels""", {**channels, "job": json.dumps(job)})


def tune(connection, channels, epochs):
    """8. HyperparameterTuner and fit; 9. analytics().dataframe()."""
    job = {**HYPERPARAMETERS, "epochs": epochs,
           "objective_metric_name": "validation:binary_f_beta", "objective_type": "Maximize",
           "max_jobs": 6, "max_parallel_jobs": 2,
           "hyperparameter_ranges": {
               "wd": {"MinValue": "1e-7", "MaxValue": "1", "ScalingType": "Auto"},
               "learning_rate": {"MinValue": "1e-5", "MaxValue": "1", "ScalingType": "Auto"},
               "mini_batch_size": {"MinValue": "100", "MaxValue": "2000", "ScalingType": "Auto"}}}
    connection.execute(f"""
        SELECT linlearn_save_model('linear-mnist', linlearn_tune(features, label, %(job)s, split))
        FROM ({CHANNELS}) AS channels""", {**channels, "job": json.dumps(job)})
    cursor = connection.execute("""
        SELECT trial, best, (hyperparameters->>'wd')::float8 AS wd,
               (hyperparameters->>'learning_rate')::float8 AS learning_rate,
               (hyperparameters->>'mini_batch_size')::int AS mini_batch_size, objective
        FROM linlearn_trials(linlearn_model('linear-mnist'))""")
    trials = pd.DataFrame(cursor.fetchall(), columns=[column.name for column in cursor.description])
    return trials.sort_values("objective", ascending=False)


def predict(runtime, array):
    """11. CSVSerializer, invoke_endpoint, JSONDeserializer."""
    body = io.StringIO()
    csv.writer(body, lineterminator="\n").writerows(array.tolist())
    answer = runtime.invoke_endpoint(EndpointName="linear-mnist", ContentType="text/csv",
                                     Accept="application/json", Body=body.getvalue())
    return json.loads(answer["Body"].read())


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--dsn", default="", help="libpq's connection string")
    parser.add_argument("--gateway", default="http://127.0.0.1:8080", help="where linlearn_gateway.py listens")
    parser.add_argument("--bucket", required=True, help="of S3, for the digits and the channels")
    parser.add_argument("--key", default="datasets/image/MNIST/mnist.pkl.gz", help="of the digits there")
    parser.add_argument("--s3-url", help="another S3 than Amazon's")
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--epochs", type=int, default=15)
    options = parser.parse_args()

    s3, runtime, connection = open_session(options)
    train_set, validation_set, test_set = load(s3, options.bucket, options.key)
    show_digit(connection, train_set[0][30], f"This is a {train_set[1][30]}")
    channels = {name: upload(s3, options.bucket, "sagemaker/DEMO-linear-mnist", name, *part)
                for name, part in (("train", train_set), ("validation", validation_set))}
    fit(connection, channels, options.epochs)
    print(tune(connection, channels, options.epochs).to_string(index=False))
    # 10. deploy
    connection.execute("SELECT linlearn_create_endpoint('linear-mnist', 'linear-mnist')")
    print(predict(runtime, train_set[0][30:31]))
    # 12. A hundred requests, whose answers are put together; 13. crosstab.
    predictions = []
    for array in np.array_split(test_set[0], 100):
        predictions += [answer["predicted_label"] for answer in predict(runtime, array)["predictions"]]
    print(pd.crosstab(np.where(test_set[1] == 0, 1, 0), np.array(predictions),
                      rownames=["actuals"], colnames=["predictions"]))
    # 14. delete_model, delete_endpoint
    connection.execute("SELECT linlearn_delete_model('linear-mnist')")
    connection.execute("SELECT linlearn_delete_endpoint('linear-mnist')")


if __name__ == "__main__":
    main()
