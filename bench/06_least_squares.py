"""Least squares in closed form over 2,000,000 rows, beside scikit-learn's.

The peer's time is that of the fit alone, on arrays that are in memory already.
"""
import json
import subprocess
import sys

import harness

ROWS = 2000000
TRAIN = "SELECT linlearn_train(x, y, '{\"predictor_type\": \"regressor\"}') FROM"
TABLE = f"""
    CREATE TABLE plane AS
    SELECT ARRAY[a, b, c, a * b, b * c, a * c, sin(a), cos(9 * b), c * c, 1e6 + d]
        ::float8[] AS x, 3 + a - 2 * b + 0.5 * c * c + noise AS y
    FROM (SELECT sin(i * 0.7) AS a, sin(i * 1.3) AS b, sin(i * 0.11) AS c, cos(i * 0.3) AS d,
            sin(i * i::float8) AS noise
        FROM generate_series(1, {ROWS}) i) t"""
PEER = """
import json, time, psycopg2, numpy as np
from sklearn.linear_model import LinearRegression
with psycopg2.connect(dbname="bench").cursor("rows") as cursor:
    cursor.itersize = 100000
    cursor.execute("SELECT x, y FROM plane")
    rows = [(np.array(x), y) for x, y in cursor]
X, y = np.array([r[0] for r in rows]), np.array([r[1] for r in rows])
start = time.perf_counter()
model = LinearRegression().fit(X, y)
took = time.perf_counter() - start
print(json.dumps([took, model.coef_.tolist()]))
"""


def peak(source):
    """Return the peak memory of a session that trains, without shared memory."""
    connection = harness.connect(max_parallel_workers_per_gather=0)
    pid = harness.value(connection, "SELECT pg_backend_pid()")
    harness.value(connection, f"{TRAIN} {source}")
    return (harness.status_kb(pid, "VmHWM") -
            harness.status_kb(pid, "RssShmem")) / 1024


connection = harness.connect()
harness.query(connection, TABLE)
harness.query(connection, "VACUUM (ANALYZE, FREEZE) plane")
theirs, coefficients = json.loads(subprocess.run(
    [sys.executable, "-c", PEER], check=True, stdout=subprocess.PIPE).stdout)
took = harness.seconds(connection, f"{TRAIN} plane", runs=3)
harness.figure("least squares, 2,000,000 rows x 10, table to model", took, "s",
               at_most=theirs, peer=("LinearRegression.fit", theirs))
scan = harness.seconds(connection, "SELECT sum(x[1]), sum(y) FROM plane", runs=3)
harness.figure("its time, of SELECT sum(x[1]), sum(y)'s", took / scan, digits=2)
ours = [row[0] for row in harness.query(connection, f"""
    SELECT weight FROM linlearn_weights(({TRAIN} plane))
    WHERE feature IS NOT NULL ORDER BY feature""")]
harness.figure("its coefficients' largest difference from the peer's",
               max(abs(a - b) for a, b in zip(ours, coefficients)), at_most=1e-6,
               digits=9)
harness.figure("its peak memory", peak("plane"), "MB", at_most=64, digits=0)
twice = "(SELECT * FROM plane UNION ALL SELECT * FROM plane) AS twice"
harness.figure("the same of twice the rows", peak(twice), "MB", at_most=64, digits=0)
harness.query(connection, "DROP TABLE plane")
