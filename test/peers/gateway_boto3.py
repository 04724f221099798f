"""Ask the gateway as boto3's client of SageMaker's runtime does, and as others do.

usage: gateway_boto3.py HOST PORT S3_URL
The database has the extension and a role client; the S3 server a bucket "bucket".
Prints a line of TAP for each check.
"""
import contextlib
import gzip
import http.client
import io
import json
import os
import pickle
import re
import socket
import struct
import subprocess
import sys
import threading
import time

import boto3
import numpy as np
import psycopg
from botocore.config import Config
from botocore.exceptions import ClientError

HERE = os.path.dirname(os.path.abspath(__file__))
GATEWAY = os.path.join(HERE, "..", "..", "contrib", "gateway")
sys.path[:0] = [os.path.join(HERE, "..", "t"), GATEWAY]
from recordio_protobuf import frame, record_class  # noqa: E402

TESTS = 0


def check(name, good, *details):
    """Print whether something holds."""
    global TESTS
    TESTS += 1
    print(f"{'ok' if good else 'not ok'} {TESTS} - {name}")
    for detail in () if good else details:
        print(f"# {detail}")


class Gateway:
    """A gateway on a port of its own, and what it has logged."""

    def __init__(self, dsn, *options):
        self.lines = []
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error::SyntaxWarning", os.path.join(GATEWAY, "linlearn_gateway.py"), "--dsn", dsn, "--port", "0", *options],
            stderr=subprocess.PIPE, text=True)
        self.port = None
        while self.port is None:
            line = self.process.stderr.readline()
            if not line:
                raise SystemExit("the gateway does not start: " + "".join(self.lines))
            self.lines.append(line)
            found = re.search(r"listening at (\S+) port (\d+)", line)
            if found:
                self.host, self.port = found.group(1), int(found.group(2))
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        self.lines += self.process.stderr

    def logged(self, pattern):
        """Whether a line is in the log, or comes soon."""
        for _ in range(50):
            if any(re.search(pattern, line) for line in list(self.lines)):
                return True
            time.sleep(0.1)
        return False

    def client(self):
        return boto3.client("sagemaker-runtime", endpoint_url=f"http://127.0.0.1:{self.port}",
                            region_name="us-east-1", config=Config(retries={"max_attempts": 1}))

    def raw(self, method, path, body=None, headers=None, chunked=False):
        """An answer without boto3: status, headers, body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, path, body, headers or {}, encode_chunked=chunked)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()


def ask(connection, sql, *arguments):
    return connection.execute(sql, arguments).fetchone()[0]


def unframe(data):
    """The records of recordIO."""
    at = 0
    while at < len(data):
        length = struct.unpack_from("<II", data, at)[1]
        yield data[at + 8:at + 8 + length]
        at += 8 + length + -length % 4


def set_up(connection):
    """Endpoints of arrays, of rows of a table, and one whose model is gone."""
    connection.execute("""
        CREATE TABLE points AS SELECT ARRAY[i % 7, i % 5]::real[] AS x, i % 7 > 3 AS y FROM generate_series(1, 400) i;
        CREATE TABLE people AS SELECT 20 + i % 50 AS age, (ARRAY['basic', 'pro'])[1 + i % 2] AS plan,
            i % 50 + 20 * (i % 2) > 40 AS leaves FROM generate_series(1, 400) i;
        SELECT linlearn_save_model('points', linlearn_train(x, y, '{"predictor_type": "binary_classifier"}')) FROM points;
        SELECT linlearn_save_model('people', linlearn_train(p, leaves, '{"predictor_type": "binary_classifier",
            "exclude": ["leaves"]}')) FROM people p;
        SELECT linlearn_save_model('gone', linlearn_model('points'));
        SELECT linlearn_create_endpoint('points', 'points'), linlearn_create_endpoint('people', 'people'),
            linlearn_create_endpoint('name with / and é', 'points'), linlearn_create_endpoint('gone', 'gone');
        SELECT linlearn_delete_model('gone')""")


def answers(connection, client):
    """Every format in and out, against SQL."""
    scores = [row[0] for row in connection.execute(
        "SELECT linlearn_score('points', f::real[]) FROM (VALUES ('{1,2}'), ('{6,0}')) AS v (f)")]
    record = record_class("aialgs.data")
    frames = b""
    for row in ((1, 2), (6, 0)):
        one = record()
        one.features["values"].float32_tensor.values.extend(row)
        frames += frame(one.SerializeToString())
    bodies = {"text/csv": b"1,2\n6,0", "application/json": b'{"instances": [{"features": [1, 2]}, {"features": [6, 0]}]}',
              "application/jsonlines": b'{"features": [1, 2]}\n{"features": [6, 0]}',
              "application/x-recordio-protobuf": frames}
    for content_type, body in bodies.items():
        answer = client.invoke_endpoint(EndpointName="points", ContentType=content_type, Accept="application/json", Body=body)
        got = [p["score"] for p in json.loads(answer["Body"].read())["predictions"]]
        check(f"{content_type} in", got == scores and answer["ContentType"] == "application/json"
              and answer["InvokedProductionVariant"] == "AllTraffic", got, scores, answer)
    for accept, content_type in (
            ("application/jsonlines", "application/jsonlines"), ("*/*", "application/json"), ("application/*", "application/json"),
            ("text/csv;q=1, application/jsonlines;q=0.2, application/json;q=0.1", "application/jsonlines"),
            ("application/json;q=0, */*;q=0.5", "application/jsonlines"), ("APPLICATION/JSON; charset=utf-8", "application/json"),
            ("text/html, */*;q=0.1", "application/json"), (None, "application/json")):
        arguments = {} if accept is None else {"Accept": accept}
        answer = client.invoke_endpoint(EndpointName="points", ContentType="text/csv", Body="1,2\n6,0", **arguments)
        body = answer["Body"].read().decode()
        rows = json.loads(body)["predictions"] if content_type.endswith("json") else [json.loads(x) for x in body.splitlines()]
        check(f"Accept: {accept}", answer["ContentType"] == content_type and [r["score"] for r in rows] == scores, answer, body)
    answer = client.invoke_endpoint(EndpointName="points", ContentType="text/csv", Body=b"1,2\n6,0",
                                    Accept="application/x-recordio-protobuf")
    got = []
    for one in unframe(answer["Body"].read()):
        parsed = record()
        parsed.ParseFromString(one)
        got.append(parsed.label["score"].float32_tensor.values[0])
    check("recordIO out", np.allclose(got, scores, rtol=1e-6), got, scores)
    answer = client.invoke_endpoint(EndpointName="people", ContentType="application/json",
                                    Body=json.dumps({"instances": [{"age": 33, "plan": "pro"}, {"plan": None, "age": 60}]}))
    got = [p["score"] for p in json.loads(answer["Body"].read())["predictions"]]
    check("rows of a table by their columns' names", got == [row[0] for row in connection.execute("""
        SELECT linlearn_score('people', f::jsonb) FROM (VALUES ('{"age": 33, "plan": "pro"}'), ('{"age": 60, "plan": null}'))
        AS v (f)""")], got)
    answer = client.invoke_endpoint(EndpointName="name with / and é", Body=b"1,2")
    check("a name is escaped in the path, and the content type may be missing",
          json.loads(answer["Body"].read())["predictions"][0]["score"] == scores[0])


def errors(connection, client):
    """What boto3 raises."""
    def refusal(**arguments):
        arguments = {"EndpointName": "points", "ContentType": "text/csv", "Body": b"1,2", **arguments}
        try:
            client.invoke_endpoint(**arguments)
        except ClientError as error:
            return error
        return None

    def raises(name, kind, status, pattern, **arguments):
        error = refusal(**arguments)
        check(name, type(error).__name__ == kind and error.response["ResponseMetadata"]["HTTPStatusCode"] == status
              and re.search(pattern, str(error)), repr(error), error and error.response)
        return error

    raises("no such endpoint", "ValidationError", 400, r"Endpoint nothing not found", EndpointName="nothing")
    raises("another variant", "ValidationError", 400, "Variant second", TargetVariant="second")
    raises("a model of many", "ValidationError", 400, "multi-model", TargetModel="model.tar.gz")
    raises("too long a body", "ValidationError", 400, "1000000", Body=b"1," * 600000)
    raises("a weight that is none", "ValidationError", 400, "weight", Accept="application/json;q=2")
    error = raises("another number of features", "ModelError", 424, "has 3 features, the model 2", Body=b"1,2,3")
    check("a model's error is told in full", error.response["OriginalStatusCode"] == 400
          and "3 features" in error.response["OriginalMessage"], error.response)
    raises("no number", "ModelError", 424, "abc", Body=b"1,abc")
    raises("an unknown content type", "ModelError", 424, "image/png", ContentType="image/png")
    error = raises("an answer that there is not", "ModelError", 424, "text/csv", Accept="text/csv")
    check("is 406 of the model", error.response["OriginalStatusCode"] == 406, error.response)
    raises("a model that is gone", "ModelError", 424, 'model "gone"', EndpointName="gone")
    raises("damaged recordIO", "ModelError", 424, "recordIO|record", ContentType="application/x-recordio-protobuf",
           Body=b"\0" * 11)
    connection.execute("REVOKE SELECT ON linlearn_endpoints FROM web")
    error = refusal()
    check("a role without rights", error.response["Error"]["Code"] == "AccessDeniedException", repr(error))
    connection.execute("GRANT SELECT ON linlearn_endpoints TO web")


def connections(connection, gateway, client):
    """The database's connections, and the protocol itself."""
    def works():
        return json.loads(client.invoke_endpoint(EndpointName="points", Body=b"1,2")["Body"].read())["predictions"]

    check("it listens at the loopback alone", gateway.host == "127.0.0.1")
    client.invoke_endpoint(EndpointName="points", Body=b"100000,2")
    check("a row out of the training's range is in the log", gateway.logged("'points' WARNING: .*magnitude.*100000"), *gateway.lines[-5:])
    connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'linlearn_gateway'")
    check("a connection that the server closed is made again", len(works()) == 1)
    threads, results = [], []
    for _ in range(12):
        threads.append(threading.Thread(target=lambda: results.append(works())))
        threads[-1].start()
    for thread in threads:
        thread.join()
    check("many at once over few connections", len(results) == 12 and ask(
        connection, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'linlearn_gateway'") <= 2)
    check("ping", gateway.raw("GET", "/ping")[0] == 200 and gateway.raw("GET", "/")[0] == 404)
    check("another path", gateway.raw("POST", "/endpoints/points", b"")[1]["x-amzn-ErrorType"] == "UnknownOperationException")
    status, _, body = gateway.raw("POST", "/endpoints/points/invocations", iter([b"1,", b"2\n6,0"]),
                                  {"Transfer-Encoding": "chunked", "Content-Type": "text/csv"}, chunked=True)
    check("a body in chunks", status == 200 and len(json.loads(body)["predictions"]) == 2, status, body)
    status, headers, _ = gateway.raw("POST", "/endpoints/points/invocations", b"zz\r\n", {"Transfer-Encoding": "chunked"})
    check("damaged chunks", status == 400 and headers["Connection"] == "close", status)
    for path, name in (("/endpoints/%00/invocations", "a null in a name"), ("/endpoints/%ff/invocations", "bytes that are no UTF-8"),
                       ("/endpoints/x'%3bDROP TABLE points/invocations".replace(" ", "%20"), "SQL in a name")):
        status, headers, _ = gateway.raw("POST", path, b"1,2")
        check(name, status == 400 and headers["x-amzn-ErrorType"] == "ValidationError", status)


def protocol(gateway):
    """Requests that no client's library sends."""
    def said(head, body=b"1,2"):
        """What is answered to a request's head, and to nothing after it, until the gateway closes."""
        with socket.create_connection(("127.0.0.1", gateway.port), timeout=30) as peer:
            peer.sendall(head.encode("latin1") + b"\r\nHost: x\r\n\r\n" + body)
            peer.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: peer.recv(65536), b"")).decode("latin1")

    post = "POST /endpoints/points/invocations HTTP/1.1\r\nContent-Type: text/csv\r\n"
    for name, head, body in (
            ("two lengths", post + "Content-Length: 3\r\nContent-Length: 40", b"1,2" + b"x" * 37),
            ("two codings", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip", b"3\r\n1,2\r\n0\r\n\r\n"),
            ("a length and a coding", post + "Transfer-Encoding: chunked\r\nContent-Length: 3", b"3\r\n1,2\r\n0\r\n\r\n"),
            ("a chunk longer than it says", post + "Transfer-Encoding: chunked", b"3\r\n1,2,30\r\n\r\n"),
            ("a null in the content type", post.replace("/csv", "/csv\0") + "Content-Length: 3", b"1,2")):
        answer = said(head, body)
        check(name, answer.startswith("HTTP/1.1 400 ") and answer.count("HTTP/1.1 ") == 1
              and "x-amzn-ErrorType: ValidationError" in answer, answer)
    answer = said(post + "Transfer-Encoding: chunked", b"3\r\n1,2\r\n0\r\nA: b\r\n\r\n")
    check("a trailer", answer.startswith("HTTP/1.1 200 ") and answer.count("HTTP/1.1 ") == 1, answer)
    answer = said(post + "Transfer-Encoding: chunked", b"3\r\n1,2\r\n0\r\n" + b"A: b\r\n" * 200)
    check("trailers without end", answer.count("HTTP/1.1 ") == 1 and "Connection: close" in answer, answer)
    answer = said(post.replace("/endpoints", "http://[::1/endpoints") + "Content-Length: 3")
    check("a host that is none", answer.startswith("HTTP/1.1 404 "), answer)
    answer = said("HEAD /ping HTTP/1.1", b"")
    check("HEAD", answer.startswith("HTTP/1.1 200 ") and answer.endswith("\r\n\r\n"), answer)
    for name, head, status in (("another method", "PUT /endpoints/points/invocations HTTP/1.1\r\nContent-Length: 3", 501),
                               ("a line without end", "POST /" + "a" * 70000 + " HTTP/1.1", 414),
                               ("headers without end", post + "\r\n".join(f"x{i}: y" for i in range(200)), 431),
                               ("a damaged line", "POST <b> HTTP/1.1 and more", 400)):
        answer = said(head)
        check(name, f"x-amzn-ErrorType: {'UnknownOperationException' if status == 501 else 'ValidationError'}" in answer
              and answer.startswith(f"HTTP/1.1 {status} ") and answer.count("HTTP/1.1 ") == 1
              and "Message" in json.loads(answer.split("\r\n\r\n")[-1]), answer)
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as peer:
        peer.sendall(post.encode() + b"Host: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        try:
            first = peer.recv(65536)
        except socket.timeout:
            first = b""
        peer.sendall(b"1,2")
        check("a body that waits to be asked for", first == b"HTTP/1.1 100 Continue\r\n\r\n"
              and peer.recv(65536).startswith(b"HTTP/1.1 200 "), first)
    inner = b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = said(f"GET /ping HTTP/1.1\r\nContent-Length: {len(inner)}", inner)
    check("a body of GET is no next request", answer.count("HTTP/1.1 ") == 1, answer)
    said(post.replace("/points", "/a%0D%0A2099-01-01%20forged") + "X-Amzn-SageMaker-Target-Variant: a\r\n 2099-01-01 forged\r\nContent-Length: 3")
    check("nobody writes lines of the log", gateway.logged("forged") and not any(line.startswith("2099") or line.startswith(" 2099") for line in gateway.lines),
          *gateway.lines[-8:])


def tutorial(connection, host, port, url, gateway):
    """contrib/gateway/mnist_tutorial.py over drawn digits."""
    connection.execute("SELECT count(*) FROM linlearn_load_mnist('synthetic', 'drawn', 1000, 300, 300)")
    sets = []
    for split in ("train", "validation", "test"):
        rows = connection.execute("SELECT pixels, label FROM drawn WHERE split = %s ORDER BY id", [split]).fetchall()
        pixels = np.frombuffer(b"".join(row[0] for row in rows), np.uint8).reshape(len(rows), -1)
        sets.append((pixels.astype("float32") / np.float32(256), np.array([row[1] for row in rows], "int64")))
    s3 = boto3.resource("s3", endpoint_url=url, region_name="us-east-1")
    s3.Bucket("bucket").Object("mnist.pkl.gz").upload_fileobj(io.BytesIO(gzip.compress(pickle.dumps(tuple(sets), protocol=2), 1)))
    for name, value in (("allowed_url_prefixes", "s3://bucket/"), ("s3_endpoint", url),
                        ("s3_access_key", os.environ["AWS_ACCESS_KEY_ID"]), ("s3_secret_key", os.environ["AWS_SECRET_ACCESS_KEY"]),
                        ("s3_session_token", os.environ["AWS_SESSION_TOKEN"])):
        connection.execute(psycopg.sql.SQL("ALTER ROLE client SET {} = {}").format(
            psycopg.sql.Identifier("linlearn." + name), psycopg.sql.Literal(value)))
    connection = psycopg.connect(host=host, port=port, user="client", dbname="postgres", autocommit=True, client_encoding="utf8")
    connection.execute("LOAD 'linlearn'")
    import mnist_tutorial
    sys.argv = ["mnist_tutorial.py", "--dsn", f"host={host} port={port} user=client dbname=postgres",
                "--gateway", f"http://127.0.0.1:{gateway.port}", "--bucket", "bucket", "--key", "mnist.pkl.gz",
                "--s3-url", url, "--epochs", "10"]
    with contextlib.redirect_stdout(io.StringIO()) as out:
        mnist_tutorial.main()
    out = out.getvalue()
    lines = out.splitlines()
    check("it shows the digit", lines[:1] == [f"This is a {sets[0][1][30]}"], *lines[:3])
    check("six trials", len([x for x in lines if re.match(r"\s*[0-5]\s+(True|False)\s", x)]) == 6, out)
    for name in ("train", "validation"):
        check(f"the {name} channel is what linlearn writes of the same digits", ask(connection, """
            SELECT linlearn_fetch(%s) = linlearn_to_recordio(pixels, label = 0 ORDER BY id) FROM drawn WHERE split = %s""",
            f"s3://bucket/sagemaker/DEMO-linear-mnist/{name}/recordio-pb-data", name))
    connection.execute("SELECT count(*) FROM linlearn_load_mnist('s3://bucket/mnist.pkl.gz', 'loaded')")
    check("linlearn_load_mnist reads the same object", ask(
        connection, "SELECT count(*) FROM loaded JOIN drawn USING (split, id, label, pixels)") == 1600)
    table = [[int(n) for n in x.split()] for x in lines if re.match(r"[01]\s+\d+\s+\d+$", x)]
    zeros = int(np.sum(sets[2][1] == 0))
    check("crosstab counts the test rows", len(table) == 2 and sum(table[1][1:]) == zeros and
          sum(table[0][1:]) == 300 - zeros, out)
    check("zeros are told", len(table) == 2 and table[1][2] > 0.7 * zeros and table[0][2] < 0.1 * (300 - zeros), out)
    check("model and endpoint are deleted", ask(connection, "SELECT count(*) FROM linlearn_endpoints WHERE name = 'linear-mnist'") == 0)


def main():
    host, port, url = sys.argv[1:4]
    connection = psycopg.connect(host=host, port=port, user="client", dbname="postgres", autocommit=True, client_encoding="utf8")
    set_up(connection)
    connection.execute("CREATE ROLE web LOGIN; GRANT SELECT ON linlearn_endpoints TO web")
    gateway = Gateway(f"host={host} port={port} user=web dbname=postgres", "--connections", "2", "--max-body", "1000000")
    client = gateway.client()
    answers(connection, client)
    errors(connection, client)
    connections(connection, gateway, client)
    protocol(gateway)
    try:
        import pandas  # noqa: F401
    except ImportError:
        print("# no pandas: the tutorial's script is passed over")
    else:
        tutorial(connection, host, port, url, gateway)
    gateway.process.terminate()
    check("it ends when it is asked to", gateway.process.wait(20) == 0)
    away = Gateway("host=/nonexistent dbname=postgres", "--connections", "1")
    try:
        away.client().invoke_endpoint(EndpointName="points", Body=b"1,2")
        check("without a database", False)
    except ClientError as error:
        check("without a database", type(error).__name__ == "ServiceUnavailable", repr(error))
    away.process.terminate()
    away.process.wait(20)
    print(f"1..{TESTS}")


if __name__ == "__main__":
    main()
