"""Ordinary tables as numbers: what bench piece 31 and experiments train on.

A table is a CSV file of the folder that scripts/tables names.  Numbers stay as
they are, missing ones get the mean of the training rows and a flag; texts become
one flag a value.  Nothing is scaled: every learner does that its own way.
"""
import csv
import gzip
import os
import subprocess

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
SPLITS = 5
TEST_SHARE = 0.3
MOST_LEVELS = 60  # texts of more values are names, not categories

# table: (label, columns left out, classifier?)
TABLES = {
    "churn": ("churn", (), True),
    "credit": ("status", (), True),
    "mortgages": ("deny", (), True),
    "diabetes_pima": ("diabetes", (), True),
    "votes": ("class", (), True),
    "sonar": ("class", (), True),
    "spam": ("type", (), True),
    "penguins": ("species", (), True),
    "glass": ("type", (), True),
    "vehicle": ("class", (), True),
    "satellite": ("classes", (), True),
    "dna": ("class", (), True),
    "soybean": ("class", (), True),
    "houses": ("sale_price", (), False),
    "houses, log": ("sale_price", (), False),
    "diamonds": ("price", (), False),
    "ridership": ("ridership", ("date",), False),
    "mtcars": ("mpg", ("car",), False),
    "wages": ("wage", (), False),
    "engel": ("foodexp", (), False),
    "visits": ("visits", (), False),
}


def folder():
    """Return the tables' folder, or None."""
    found = subprocess.run([os.path.join(HERE, "..", "scripts", "tables")],
                           stdout=subprocess.PIPE, text=True).stdout.strip()
    return found or None


def numbers(column):
    """Return a column as floats with NaN for NULL, or None if it has texts."""
    try:
        return np.array([float(v) if v != "" else np.nan for v in column])
    except ValueError:
        return None


def read(name):
    """Return the columns of a table: [(values, is_text)], and its labels."""
    label, dropped, classifier = TABLES[name]
    path = os.path.join(folder(), name.split(",")[0] + ".csv.gz")
    with gzip.open(path, "rt") as file:
        header, *rows = csv.reader(file)
    columns, y = [], None
    for j, title in enumerate(header):
        values = [row[j] for row in rows]
        if title == label and y is None:
            y = np.array(values) if classifier else numbers(values)
        elif title != "id" and title not in dropped:
            number = numbers(values)
            if number is not None:
                columns.append(number)
            elif len(set(values)) <= MOST_LEVELS:
                columns.append(np.array(values))
    return columns, np.log10(y) if name.endswith("log") else y


def splits(name, y):
    """Yield the training rows' mask of each split; of a series by time."""
    n = len(y)
    if name == "ridership":  # train on what was before
        for s in range(SPLITS):
            train = np.zeros(n, bool)
            end = n * (s + 3) // (SPLITS + 3)
            train[:end] = True
            yield train, np.arange(n) < n * (s + 4) // (SPLITS + 3)
        return
    for seed in range(SPLITS):
        random = np.random.RandomState(seed)
        train = np.ones(n, bool)
        groups = ([np.arange(n)] if y.dtype.kind == "f"
                  else [np.flatnonzero(y == k) for k in np.unique(y)])
        for rows in groups:  # stratified by class
            rows = random.permutation(rows)
            train[rows[:int(round(TEST_SHARE * len(rows)))]] = False
        yield train, np.ones(n, bool)


def matrix(columns, train):
    """Return all rows' features; what is learned of them is of training rows."""
    parts = []
    for column in columns:
        if column.dtype.kind == "f":
            missing = np.isnan(column)
            known = column[train & ~missing]
            parts.append(np.where(missing, known.mean() if len(known) else 0.0,
                                  column))
            if missing.any():
                parts.append(missing.astype(float))
        else:
            parts += [(column == v).astype(float)
                      for v in sorted(set(column[train]))]
    return np.column_stack(parts)


def each(name):
    """Yield (x_train, y_train, x_test, y_test) of each split of a table."""
    columns, y = read(name)
    for train, used in splits(name, y):
        x = matrix(columns, train)
        test = used & ~train
        yield x[train], y[train], x[test], y[test]


def log_loss(labels, classes, probability):
    """Return the mean log loss; classes unseen in training count as 1e-15."""
    place = {k: i for i, k in enumerate(classes)}
    p = [probability[i, place[k]] if k in place else 0.0
         for i, k in enumerate(labels)]
    return float(-np.mean(np.log(np.clip(p, 1e-15, 1))))


def r2(y, prediction):
    return float(1 - np.mean((y - prediction) ** 2) / np.var(y))
