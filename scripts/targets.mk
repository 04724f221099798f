# The targets beyond PGXS: unit tests, layers, demo, test, bench.

