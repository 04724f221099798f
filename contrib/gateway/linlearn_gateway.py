#!/usr/bin/env python3
"""Let clients of Amazon SageMaker's runtime ask endpoints that are in PostgreSQL.

POST /endpoints/NAME/invocations is answered by linlearn_invoke_endpoint, so that
boto3.client("sagemaker-runtime", endpoint_url="http://127.0.0.1:8080") and its kin
work as they are.  GET /ping says whether the database answers.

Requests are in plain HTTP, and nobody is asked who they are: every request is
answered with the rights of the one role that the gateway connects as.  TLS and
authentication are for a proxy in front; without one leave it on the loopback.
"""
import argparse
import contextlib
import http.client
import http.server
import json
import logging
import queue
import re
import signal
import socket
import sys
import threading
import time
import urllib.parse

import psycopg
from psycopg import sql

LOG = logging.getLogger("gateway")
PATH = re.compile(r"/endpoints/([^/]+)/invocations/?$")
# What linlearn_invoke_endpoint answers with, what is taken of equals first.
ANSWERS = ("application/json", "application/jsonlines", "application/x-recordio-protobuf")
VARIANT = "AllTraffic"


class Refusal(Exception):
    """An error as SageMaker's runtime shapes it: its type is what clients raise."""

    def __init__(self, status, kind, message, **members):
        super().__init__(message)
        self.status, self.kind = status, kind
        self.body = {"Message": message, **members}


def validation_error(message):
    """The request itself is wrong."""
    return Refusal(400, "ValidationError", message)


def model_error(status, message):
    """The model refuses the request, as its container would with this status."""
    return Refusal(424, "ModelError",
                   f'Received client error ({status}) from model with message "{message}"',
                   OriginalStatusCode=status, OriginalMessage=message, LogStreamArn="")


def choose_answer(accept):
    """The content type to answer with, by RFC 9110: of the types the most specific
    range that has it gives its weight."""
    ranges = []
    for part in (accept or "*/*").split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip().lower() == "q":
                if not re.fullmatch(r"0(\.\d{0,3})?|1(\.0{0,3})?", value.strip()):
                    raise validation_error(f"Accept has the weight \"{value.strip()}\", which is none from 0 to 1")
                weight = float(value)
        if name:
            ranges.append((name.lower(), weight))

    def weight_of(answer):
        for name in (answer, answer.split("/")[0] + "/*", "*/*"):
            found = [weight for range_, weight in ranges if range_ == name]
            if found:
                return max(found)
        return 0.0

    best = max(ANSWERS, key=weight_of)
    if ranges and weight_of(best) <= 0:
        raise model_error(406, f"cannot answer with {accept}; there are {', '.join(ANSWERS)}")
    return best


class Database:
    """A few connections, each used by one request at a time and replaced when it broke."""

    def __init__(self, dsn, size, wait, timeout):
        self.dsn, self.wait, self.timeout = dsn, wait, timeout
        self.asked = threading.local()  # the endpoint, for the log
        self.idle = queue.LifoQueue()
        for _ in range(size):
            self.idle.put(None)

    def connect(self):
        """A connection and the call, by the schema that the extension is in."""
        connection = psycopg.connect(self.dsn, autocommit=True, connect_timeout=10, client_encoding="utf8",
                                     application_name="linlearn_gateway")
        connection.add_notice_handler(lambda notice: LOG.warning(
            "%r %s: %s %s", getattr(self.asked, "name", ""), notice.severity, notice.message_primary,
            notice.message_detail or ""))
        connection.execute("SELECT set_config('statement_timeout', %s, false)", [str(self.timeout * 1000)])
        schema = connection.execute(
            "SELECT n.nspname FROM pg_catalog.pg_extension e"
            " JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace"
            " WHERE e.extname OPERATOR(pg_catalog.=) 'linlearn'").fetchone()
        if schema is None:
            connection.close()
            raise psycopg.OperationalError("the database has no extension linlearn")
        call = sql.SQL("SELECT {}.linlearn_invoke_endpoint(%s::text, %s::bytea, %s::text, %s::text)").format(
            sql.Identifier(schema[0]))
        return connection, call

    @contextlib.contextmanager
    def borrow(self):
        """A connection; those that are closed afterwards are made anew for the next."""
        try:
            held = self.idle.get(timeout=self.wait)
        except queue.Empty:
            raise Refusal(503, "ServiceUnavailable", "all connections to the database are busy") from None
        try:
            held = held or self.connect()
            yield held
        finally:
            self.idle.put(held if held and not held[0].closed else None)

    def invoke(self, name, body, content_type, accept):
        """The answer's bytes.  A connection that the server has closed meanwhile is tried once more."""
        self.asked.name = name
        for again in (True, False):
            try:
                with self.borrow() as (connection, call):
                    cursor = connection.cursor(binary=True)
                    return cursor.execute(call, [name, body, content_type, accept]).fetchone()[0]
            except psycopg.OperationalError as error:
                # An error with a state is an answer; without one the connection broke.
                if error.sqlstate is not None and not error.sqlstate.startswith(("08", "57P")):
                    raise
                if not again:
                    raise
                LOG.warning("connecting again: %s", str(error).strip())
        raise AssertionError("not reached")


def refusal_of(name, error):
    """What SageMaker would say where the database says this."""
    state = error.sqlstate or ""
    message = (error.diag.message_primary if error.diag else None) or str(error).strip()
    hints = [text for text in (error.diag.message_detail, error.diag.message_hint) if text] if state else []
    if state == "42704" and message.startswith("endpoint "):
        return validation_error(f"Endpoint {name} not found.")
    if state == "57014":
        return model_error(504, "the time for a request is over")
    if state == "42501":
        return Refusal(403, "AccessDeniedException", message)
    if not state or state[:2] in ("08", "53", "57"):
        LOG.error("the database: %s", message)
        return Refusal(503, "ServiceUnavailable", "the database does not answer")
    # Of data and of what they name, the request is at fault; of others the model.
    return model_error(400 if state[:2] in ("22", "42", "0A") else 500, " ".join([message + ".", *hints]))


class Handler(http.server.BaseHTTPRequestHandler):
    """A connection of a client."""

    protocol_version = "HTTP/1.1"
    server_version = "linlearn-gateway"
    sys_version = ""
    timeout = 60
    # An answer in one packet: headers alone would wait for the client's delayed acknowledgement.
    wbufsize = 1 << 16
    disable_nagle_algorithm = True

    def send(self, status, content_type, body, **headers):
        """Answer, and close where the request's body was not read to its end."""
        self.status = status
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        if not self.body_read:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(body)

    def read_body(self):
        """The request's bytes, by their length or in chunks."""
        limit = self.server.max_body
        coding = self.headers.get("Transfer-Encoding", "").lower()
        # Whoever is in front may take the other one, and see another request in what follows.
        if sum(len(self.headers.get_all(name, [])) for name in ("Transfer-Encoding", "Content-Length")) > 1:
            raise validation_error("the body has more than one length or coding")
        if coding not in ("", "chunked") or self.headers.get("Content-Encoding", "identity") != "identity":
            raise validation_error("the body has an unknown coding")
        if coding:
            parts, size = [], 0
            while True:
                line = self.rfile.readline(1024).split(b";")[0].strip()
                if not re.fullmatch(rb"[0-9A-Fa-f]{1,8}", line):
                    raise validation_error("the body has a damaged chunk")
                length = int(line, 16)
                size += length
                if size > limit:
                    raise validation_error(f"the body exceeds {limit} bytes")
                if length == 0:
                    trailers = (self.rfile.readline(65537) for _ in range(100))
                    self.body_read = any(line in (b"\r\n", b"\n", b"") for line in trailers)
                    return b"".join(parts)
                parts.append(self.rfile.read(length))
                if len(parts[-1]) < length:
                    raise validation_error("the body ends early")
                if self.rfile.readline(3) not in (b"\r\n", b"\n"):
                    raise validation_error("the body has a damaged chunk")
        length = self.headers.get("Content-Length", "")
        if not re.fullmatch(r"[0-9]{1,12}", length):
            raise validation_error("Content-Length is missing or no number")
        if int(length) > limit:
            raise validation_error(f"the body has {length} bytes and may have {limit}")
        body = self.rfile.read(int(length))
        self.body_read = len(body) == int(length)
        if not self.body_read:
            raise validation_error("the body ends early")
        return body

    def do_POST(self):
        """InvokeEndpoint."""
        start, self.body_read, self.status = time.monotonic(), False, 0
        name, attributes = "-", {}
        try:
            try:
                path = PATH.match(urllib.parse.urlsplit(self.path).path)
            except ValueError:  # of a host that is none
                path = None
            if path is None:
                raise Refusal(404, "UnknownOperationException", "there is POST /endpoints/NAME/invocations")
            name = urllib.parse.unquote(path.group(1), errors="replace")
            if "\0" in name or not name:
                raise validation_error("this is no name of an endpoint")
            body = self.read_body()
            if self.headers.get("X-Amzn-SageMaker-Target-Model"):
                raise validation_error(f"Endpoint {name} is not a multi-model endpoint: give no TargetModel.")
            variant = self.headers.get("X-Amzn-SageMaker-Target-Variant", VARIANT)
            if variant != VARIANT:
                raise validation_error(f"Variant {variant} not found for endpoint {name}.")
            accept = choose_answer(",".join(self.headers.get_all("Accept", [])))
            content_type = self.headers.get("Content-Type") or "text/csv"
            if "\0" in content_type:
                raise validation_error("Content-Type has a null character")
            try:
                answer = self.server.database.invoke(name, body, content_type, accept)
            except psycopg.Error as error:
                raise refusal_of(name, error) from error
            attributes = {"x_Amzn_Invoked_Production_Variant": VARIANT}
            self.send(200, accept, answer, **attributes)
        except Refusal as refusal:
            LOG.info("%r %s: %r", name, refusal.kind, str(refusal))
            self.send(refusal.status, "application/json", json.dumps(refusal.body).encode(),
                      x_amzn_ErrorType=refusal.kind)
        except (ConnectionError, socket.timeout):
            self.close_connection = True
        except Exception:  # the client gets an answer whatever happens here
            LOG.exception("%r", name)
            self.send(500, "application/json", b'{"Message": "internal failure"}', x_amzn_ErrorType="InternalFailure")
        LOG.info("%s %r %d %.0f ms", self.client_address[0], name, self.status, 1000 * (time.monotonic() - start))

    def do_GET(self):
        """/ping, as containers of SageMaker have it."""
        # A body is not read: what it holds is no next request.
        self.body_read = "Content-Length" not in self.headers and "Transfer-Encoding" not in self.headers
        status = 404
        if self.path == "/ping":
            try:
                with self.server.database.borrow() as (connection, _):
                    connection.execute("SELECT 1")
                status = 200
            except (psycopg.Error, Refusal) as error:
                LOG.error("ping: %s", str(error).strip())
                status = 503
        self.send(status, "text/plain", b"")

    do_HEAD = do_GET  # of some that ask whether one is alive

    def send_error(self, code, message=None, explain=None):
        """Refuse what is no request of these, in the form of the others."""
        self.body_read = False  # what follows is not looked at
        self.request_version = self.protocol_version  # a damaged line has none, and headers need one
        body = json.dumps({"Message": message or http.client.responses.get(code, "")}).encode()
        kind = "UnknownOperationException" if code == 501 else "ValidationError"
        self.send(code, "application/json", body if self.command != "HEAD" else b"", x_amzn_ErrorType=kind)

    def handle_expect_100(self):
        """Say that the body may come, which waits for that, and say it at once."""
        going_on = super().handle_expect_100()
        self.wfile.flush()
        return going_on

    def log_message(self, format, *args):
        """Requests have their own line, with what they took."""


class Server(http.server.ThreadingHTTPServer):
    """A thread a client."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address, database, max_body):
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.database, self.max_body = database, max_body
        super().__init__(address, Handler)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--dsn", default="", help="libpq's connection string; without it PGHOST and its kin")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8080, help="0: any that is free (8080)")
    parser.add_argument("--connections", type=int, default=4, help="to the database, at most (4)")
    parser.add_argument("--wait", type=float, default=30, help="seconds that a request waits for one (30)")
    parser.add_argument("--timeout", type=int, default=60, help="seconds that an answer may take (60, as SageMaker)")
    parser.add_argument("--max-body", type=int, default=25 << 20, help="bytes of a request (25 MiB, as SageMaker)")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    server = Server((options.host, options.port),
                    Database(options.dsn, options.connections, options.wait, options.timeout), options.max_body)
    # shutdown() waits for the loop that a signal interrupts, hence by another thread.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    LOG.info("listening at %s port %d, in plain HTTP and for whoever reaches it", *server.server_address[:2])
    server.serve_forever()
    server.server_close()


if __name__ == "__main__":
    main()
