"""recordIO both ways, CSV and libsvm in, and endpoints; one core, warm."""
import harness

connection = harness.connect(max_parallel_workers_per_gather=0, jit="off",
                             work_mem="1GB")

# recordIO: 784 pixels a row become 3,184 bytes
rows = harness.value(connection, "SELECT count(*) FROM linlearn_mnist"
                     " WHERE split = 'train'")
took = harness.seconds(connection, "SELECT length(linlearn_to_recordio(pixels,"
                       " label = 0)) FROM linlearn_mnist WHERE split = 'train'")
size = harness.value(connection, "SELECT length(linlearn_to_recordio(pixels,"
                     " label = 0)) FROM linlearn_mnist WHERE split = 'train'")
assert size == rows * 3184
harness.figure(f"recordIO written, {rows:,} x 784", size / took / 1e6, "MB/s",
               at_least=300, digits=0)
harness.query(connection, "CREATE TABLE recordio (data bytea)")
harness.query(connection, "ALTER TABLE recordio ALTER data SET STORAGE EXTERNAL")
harness.query(connection, "INSERT INTO recordio SELECT linlearn_to_recordio("
              "pixels, label = 0) FROM linlearn_mnist WHERE split = 'train'")
took = harness.seconds(connection, "SELECT count(features), sum(label)"
                       " FROM recordio, linlearn_read_recordio(data)")
harness.figure(f"recordIO read, {rows:,} x 784", size / took / 1e6, "MB/s",
               at_least=300, digits=0)

# CSV with the label first, as SageMaker's training files
harness.query(connection, """
    CREATE TABLE lines AS
    SELECT id / 100 AS chunk, id, label,
        array_to_string(ARRAY(SELECT get_byte(pixels, i)
            FROM generate_series(0, 783) i), ',') AS line
    FROM linlearn_mnist WHERE split = 'test'""")
harness.query(connection, """
    CREATE TABLE csv AS
    SELECT string_agg(label || ',' || line, E'\\n' ORDER BY id) AS data
    FROM lines""")
size, rows = harness.query(connection,
                           "SELECT (SELECT length(data) FROM csv), count(*) FROM lines")[0]
took = harness.seconds(connection, "SELECT count(features)"
                       " FROM csv, linlearn_read_csv(data)")
harness.figure(f"CSV read, {rows:,} x 784", size / took / 1e6, "MB/s", digits=0)
harness.query(connection, """
    CREATE TABLE libsvm AS
    SELECT string_agg(label || ' ' || (SELECT string_agg(i + 1 || ':' ||
            get_byte(pixels, i), ' ' ORDER BY i)
        FROM generate_series(0, 783) i WHERE get_byte(pixels, i) > 0), E'\\n') AS data
    FROM linlearn_mnist WHERE split = 'test'""")
size = harness.value(connection, "SELECT length(data) FROM libsvm")
took = harness.seconds(connection, "SELECT count(features)"
                       " FROM libsvm, linlearn_read_libsvm(data, 784)")
harness.figure(f"libsvm read, {rows:,} x 784", size / took / 1e6, "MB/s", digits=0)

# endpoints: requests of 100 rows, as the tutorial sends them
harness.query(connection, """
    SELECT linlearn_save_model('bench-formats', linlearn_train(pixels, label = 0,
        '{"predictor_type": "binary_classifier", "epochs": 1}'))
    FROM linlearn_mnist WHERE split = 'train'""")
harness.query(connection, "SELECT linlearn_create_endpoint('bench', 'bench-formats')")
harness.query(connection, """
    CREATE TABLE requests AS
    SELECT chunk, string_agg(line, E'\\n' ORDER BY id) AS csv,
        '{"instances": [' || string_agg('{"features": [' || line || ']}', ', '
            ORDER BY id) || ']}' AS json,
        string_agg('{"features": [' || line || ']}', E'\\n' ORDER BY id) AS jsonlines
    FROM lines GROUP BY chunk""")
harness.query(connection, "VACUUM (ANALYZE) requests")
for column, kind, target in (("csv", "text/csv", 5000),
                             ("json", "application/json", None),
                             ("jsonlines", "application/jsonlines", None)):
    took = harness.seconds(connection, f"""
        SELECT sum(length(linlearn_invoke_endpoint('bench', {column}, '{kind}')))
        FROM requests""")
    harness.figure(f"invoke_endpoint, {kind}, 100 x 784", round(rows / took),
                   "rows/s", at_least=target)
took = harness.seconds(connection, """
    SELECT count(*) FILTER (WHERE linlearn_predict('bench', pixels) = 1)
    FROM linlearn_mnist""")
total = harness.value(connection, "SELECT count(*) FROM linlearn_mnist")
harness.figure("predict by endpoint, 2 classes", round(total / took), "rows/s")

harness.query(connection, "SELECT linlearn_delete_endpoint('bench')")
harness.query(connection, "SELECT linlearn_delete_model('bench-formats')")
harness.query(connection, "DROP TABLE recordio, lines, csv, libsvm, requests")
