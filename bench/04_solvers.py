"""Exact solvers beside scikit-learn: the same objective, C = 1 on pixels / 255.

A byte b counts b / 256 here, so that weights are 256/255 of the peer's.
"""
import time

import harness

ROWS = 50000
WD = (255 / 256) ** 2 / ROWS


def literal(value):
    """Write a setting as SQL."""
    return str(value).lower() if isinstance(value, (bool, int, float)) \
        else f"'{value}'"


def solve(connection, label, predictor, optimizer, **options):
    """Return seconds from table to model, and the model."""
    settings = dict(predictor_type=predictor, optimizer=optimizer, num_models=1,
                    wd=WD, normalize_data=False, **options)
    text = ", ".join(f"'{key}', {literal(value)}" for key, value in settings.items())
    start = time.perf_counter()
    model = harness.value(connection, f"""
        SELECT linlearn_train(pixels, {label}, jsonb_build_object({text}))
        FROM linlearn_mnist WHERE split = 'train'""")
    return time.perf_counter() - start, bytes(model)


def objective(connection, model):
    """Return the sum of losses plus half the squared weights, as the peer has it."""
    loss = harness.value(connection, "SELECT (linlearn_model_info(%s) #>>"
                         " '{metrics,train:objective_loss}')::float8", model)
    squares = harness.value(connection, "SELECT sum(weight ^ 2) FROM"
                            " linlearn_weights(%s) WHERE feature IS NOT NULL", model)
    return ROWS * (loss + 0.5 * WD * squares)


def accuracy(connection, model):
    return harness.value(connection, """
        SELECT avg((linlearn_predict(%s, pixels) = label)::int)::float8
        FROM linlearn_mnist WHERE split = 'test'""", model)


def binary(connection):
    theirs = harness.peer("logistic", tol=1e-4)
    best = harness.peer("logistic", tol=1e-4, max_iter=1000)
    for optimizer in "lbfgs", "newton":
        took, model = min(solve(connection, "label = 0", "binary_classifier",
                                optimizer) for _ in range(2))
        harness.figure(f"binary {optimizer} at C = 1, table to model", took, "s",
                       at_most=theirs["seconds"] / 3 if optimizer == "lbfgs" else None,
                       peer=("LogisticRegression.fit", theirs["seconds"]))
        harness.figure(f"binary {optimizer}, objective above the converged peer's,"
                       " relative",
                       objective(connection, model) / best["objective"] - 1,
                       at_most=1e-6, digits=9)


def ten_classes(connection):
    theirs = harness.peer("softmax", tol=1e-4)
    took, model = min(solve(connection, "label", "multiclass_classifier", "lbfgs",
                            epochs=25) for _ in range(2))
    harness.figure("10 classes, lbfgs of 25 iterations, table to model", took, "s",
                   at_most=theirs["seconds"] / 5,
                   peer=("LogisticRegression.fit", theirs["seconds"]))
    harness.figure("10 classes, its objective over the peer's",
                   objective(connection, model) / theirs["objective"], at_most=1)
    harness.figure("10 classes, its test accuracy", accuracy(connection, model),
                   peer=("LogisticRegression", theirs["accuracy"]), digits=4)


session = harness.connect()
binary(session)
ten_classes(session)
