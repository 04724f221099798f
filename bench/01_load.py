"""Loading all 70,000 digits."""
import harness

connection = harness.connect()
source = harness.value(connection, "SELECT source FROM bench_source")
took = harness.seconds(connection, "SELECT * FROM linlearn_load_mnist(%s, 'reloaded')",
                       source, runs=3)
harness.figure("load 70,000 digits", took, "s", at_most=3)
harness.query(connection, "DROP TABLE reloaded")
