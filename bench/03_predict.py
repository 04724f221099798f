"""Prediction over 60,000 stored digits, one core, warm."""
import harness

connection = harness.connect(max_parallel_workers_per_gather=0)
harness.query(connection, """
    CREATE TABLE predictors AS
    SELECT 'binary' AS kind, linlearn_train(pixels, label = 0,
        '{"predictor_type": "binary_classifier", "epochs": 1}') AS model
    FROM linlearn_mnist WHERE split = 'train'
    UNION ALL
    SELECT 'ten', linlearn_train(pixels, label,
        '{"predictor_type": "multiclass_classifier", "epochs": 1}')
    FROM linlearn_mnist WHERE split = 'train'""")
harness.query(connection, "CREATE TABLE sixty AS SELECT pixels FROM linlearn_mnist"
              " WHERE split IN ('train', 'validation')")
harness.query(connection, "VACUUM (ANALYZE, FREEZE) sixty")
rows = harness.value(connection, "SELECT count(*) FROM sixty")
for kind, what, target in (("binary", "predict, 2 classes", 2_000_000),
                           ("ten", "predict, 10 classes", 800_000)):
    took = harness.seconds(connection, f"""SELECT count(*) FILTER (WHERE
        linlearn_predict((SELECT model FROM predictors WHERE kind = '{kind}'),
            pixels) = 1) FROM sixty""")
    harness.figure(what, round(rows / took), "rows/s", at_least=target)
harness.query(connection, "DROP TABLE predictors, sixty")
