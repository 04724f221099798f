"""Models that scikit-learn (and liblinear within it) fits, predicting in SQL.

usage: coefficients_sklearn.py HOST PORT   prints TAP
"""
import sys

import numpy as np
import psycopg2
from sklearn.linear_model import (LinearRegression, LogisticRegression, PoissonRegressor, Ridge)
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

LIMIT = 1e-12
connection = psycopg2.connect(host=sys.argv[1], port=sys.argv[2], user="peer", dbname="postgres")
connection.autocommit = True
cursor = connection.cursor()
done = 0


def report(fine, what):
    global done
    done += 1
    print("ok" if fine else "not ok", done, "-", what)


def rows_of(sql, *arguments):
    cursor.execute(sql, arguments)
    return cursor.fetchall()


def ask(weights, bias, labels, loss, x, function):
    """What a function says of each row by a model of these weights."""
    return [row[0] for row in rows_of(
        f"""SELECT linlearn_{function}(m, r.x) FROM (SELECT linlearn_model_from_coefficients(
            %s::float8[], %s::float8[], %s::text[], %s) AS m OFFSET 0) made,
            (SELECT i, array_agg(v ORDER BY j) AS x FROM unnest(%s::float8[])
                WITH ORDINALITY u (v, k), LATERAL (SELECT (k - 1) / %s AS i, k AS j) p GROUP BY i) r
            ORDER BY r.i""",
        np.asarray(weights).tolist(), np.atleast_1d(bias).tolist(), labels, loss,
        x.ravel().tolist(), x.shape[1])]


def near(ours, theirs):
    ours, theirs = np.array(ours, float), np.asarray(theirs)
    return np.max(np.abs(ours - theirs) / np.maximum(1, np.abs(theirs))) <= LIMIT


def main():
    random = np.random.RandomState(1)
    x = random.randn(300, 5) * [1, 10, 0.1, 1e3, 1]
    margin = x @ [1, .1, -4, 1e-3, 0] + random.randn(300)
    two = np.where(margin > 0.3, "yes", "no")
    three = np.array(["low", "middle", "top"])[np.digitize(margin, [-1, 1])]

    for solver in "lbfgs", "liblinear":
        m = LogisticRegression(solver=solver, max_iter=2000).fit(x, two)
        report(near(ask(m.coef_[0], m.intercept_, m.classes_.tolist(), None, x, "score"),
                    m.predict_proba(x)[:, 1]), f"probabilities of logistic regression by {solver}")
        report(ask(m.coef_[0], m.intercept_, m.classes_.tolist(), None, x, "predict_label")
               == m.predict(x).tolist(), "and its labels")
    m = LogisticRegression(max_iter=2000).fit(x, three)
    report(near(ask(m.coef_, m.intercept_, m.classes_.tolist(), None, x, "score"),
                m.predict_proba(x).max(axis=1)), "the surest class's probability of three")
    report(ask(m.coef_, m.intercept_, m.classes_.tolist(), None, x, "predict_label")
           == m.predict(x).tolist(), "and its label")
    m = LinearSVC(dual=False).fit(x, two)
    report(near(ask(m.coef_[0], m.intercept_, m.classes_.tolist(), "hinge_loss", x, "score"),
                m.decision_function(x)), "margins of a support vector machine")
    report(ask(m.coef_[0], m.intercept_, m.classes_.tolist(), "hinge_loss", x, "predict_label")
           == m.predict(x).tolist(), "and its labels")
    m = LinearSVC(dual=False).fit(x, three)
    report(ask(m.coef_, m.intercept_, m.classes_.tolist(), "multiclass_hinge_loss", x,
               "predict_label") == m.predict(x).tolist(), "labels of one against the rest")
    for m in LinearRegression(), Ridge():
        m.fit(x, margin)
        report(near(ask(m.coef_, m.intercept_, None, None, x, "predict"), m.predict(x)),
               f"predictions of {type(m).__name__}")
    counts = random.poisson(np.exp(np.clip(margin, -2, 2)))
    scale = StandardScaler().fit(x)
    m = PoissonRegressor(max_iter=1000).fit(scale.transform(x), counts)
    weights = m.coef_ / scale.scale_
    report(near(ask(weights, m.intercept_ - weights @ scale.mean_, None, "poisson", x, "predict"),
                m.predict(scale.transform(x))), "means of a Poisson regression on scaled features")
    print(f"1..{done}")


main()
