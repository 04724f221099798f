"""The peers of 70_tables.py: what one writes in scikit-learn for a table.

usage: tables_peer.py speed|words

run as a program, it fits once on data in memory and prints as JSON the time
that it took, the peak memory of the process meanwhile, and test scores.
"""
import json
import sys
import time
import warnings

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV, RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC

import harness


def frame(connection, sql, *arguments):
    """Return a query's rows as a DataFrame: numbers, and texts as objects."""
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments or None)
        names = [column.name for column in cursor.description]
        rows = cursor.fetchall()
    return pd.DataFrame(rows, columns=names).infer_objects()


def encoder(rare="infrequent_if_exist"):
    """Impute with indicator and scale numbers, one-hot the texts."""
    numbers = make_pipeline(SimpleImputer(add_indicator=True), StandardScaler())
    texts = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="(null)", missing_values=None),
        OneHotEncoder(handle_unknown=rare,
                      min_frequency=5 if rare == "infrequent_if_exist" else None))
    return ColumnTransformer([
        ("numbers", numbers, make_column_selector(dtype_include=np.number)),
        ("texts", texts, make_column_selector(dtype_include=object))])


def classifier():
    return make_pipeline(encoder(), LogisticRegressionCV(
        Cs=10, cv=5, scoring="neg_log_loss", max_iter=2000))


def regressor():
    return make_pipeline(encoder(), RidgeCV(alphas=np.logspace(-3, 4, 29)))


def word_counts(text):
    """Return the words of a tsvector's text and how often each occurs."""
    counts = {}
    for entry in text.split():
        word, _, places = entry.rpartition(":")
        counts[word] = places.count(",") + 1
    return counts


def words(texts, test):
    """Return the tf-idf matrices of tsvectors, of words of two rows and more."""
    vectorizer = DictVectorizer(dtype=np.float64)
    counts = vectorizer.fit_transform(map(word_counts, texts))
    kept = np.asarray((counts > 0).sum(axis=0)).ravel() >= 2
    weigh = TfidfTransformer(sublinear_tf=True)
    return (weigh.fit_transform(counts[:, kept]),
            weigh.transform(vectorizer.transform(map(word_counts, test))[:, kept]))


def one_hot(values, test):
    """Return the matrices of texts and of sets of texts, of 5 rows and more."""
    vectorizer = CountVectorizer(analyzer=lambda value: value, binary=True, min_df=5,
                                 dtype=np.float64)
    as_sets = [[v if isinstance(v, list) else [v] if v is not None else []
                for v in part] for part in (values, test)]
    return vectorizer.fit_transform(as_sets[0]), vectorizer.transform(as_sets[1])


def measured_fit(fit):
    """Return what a fit returns, its time, and the process's peak in MB."""
    with open("/proc/self/clear_refs", "w") as refs:
        refs.write("5")  # the peak starts anew
    start = time.perf_counter()
    model = fit()
    took = time.perf_counter() - start
    return model, took, harness.status_kb("self", "VmHWM") / 1024


def speed():
    """Fit the 1,000,000 rows of wide_rows."""
    connection = harness.connect()
    train = frame(connection, "SELECT * FROM wide_rows WHERE id <= 1000000")
    test = frame(connection, "SELECT * FROM wide_rows WHERE id > 1000000")
    y = train.pop("label").to_numpy()
    t = test.pop("label").to_numpy()
    del train["id"], test["id"]
    model, took, peak = measured_fit(lambda: make_pipeline(
        encoder("ignore"), LogisticRegression()).fit(train, y))
    from sklearn.metrics import log_loss
    return dict(seconds=took, peak=peak,
                log_loss=log_loss(t, model.predict_proba(test)[:, 1]))


def svc():
    """Fit the words of all packages."""
    rows = frame(harness.connect(), "SELECT words::text, section FROM package_words")
    matrix, _ = words(rows["words"], rows["words"][:1])
    _, took, peak = measured_fit(lambda: LinearSVC().fit(matrix, rows["section"]))
    return dict(seconds=took, peak=peak, terms=matrix.shape[1])


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    print(json.dumps({"speed": speed, "words": svc}[sys.argv[1]]()))
