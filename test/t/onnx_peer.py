#!/usr/bin/python3
"""Checks ONNX models of linlearn_model_onnx, which standard input has.

A line is a JSON object: name, onnx (hexadecimal), inputs (name to values),
outputs (name to what linlearn answers).  The structure is checked by Debian's
python3-onnx; scores are those of onnxruntime where there is one, else of the
operators' definitions, written out below.
"""
import binascii
import json
import sys

import numpy as np
import onnx
import onnx.numpy_helper

try:
    import onnxruntime
except ImportError:
    onnxruntime = None


def attributes(node):
    return {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}


def linear(x, a, rows):
    c = np.array(a['coefficients'], np.float32).reshape(rows, -1)
    return (x.astype(np.float32) @ c.T + np.array(a['intercepts'], np.float32))


def classifier(x, a):
    strings = [s.decode() for s in a.get('classlabels_strings', [])]
    labels = np.array(strings or a['classlabels_ints'])
    m = linear(x, a, len(labels))
    best = labels[m.argmax(axis=1)]
    if a['post_transform'] == b'SOFTMAX':
        m = np.exp(m - m.max(axis=1, keepdims=True))
        m /= m.sum(axis=1, keepdims=True)
    return best, m


def one_hot(x, a):
    levels = [s.decode() for s in a['cats_strings']]
    assert a['zeros'] == 1
    return (x[..., None] == np.array(levels, object)).astype(np.float32)


OPERATORS = {
    'LinearClassifier': classifier,
    'LinearRegressor': lambda x, a: linear(x, a, a['targets']),
    'OneHotEncoder': one_hot,
    'Imputer': lambda x, a: np.where(np.isnan(x), np.array(a['imputed_value_floats'], np.float32), x),
    'Scaler': lambda x, a: (x - np.array(a['offset'], np.float32)) * np.array(a['scale'], np.float32),
    'Flatten': lambda x, a: x.reshape(x.shape[0], -1),
    'Concat': lambda *x: np.concatenate(x[:-1], axis=x[-1]['axis']),
    'Add': lambda x, y, a: x + y,
    'Mul': lambda x, y, a: x * y,
    'Sigmoid': lambda x, a: 1 / (1 + np.exp(-x)),
    'Identity': lambda x, a: x,
    'Exp': lambda x, a: np.exp(x),
    'Log': lambda x, a: np.log(x),
    'Sign': lambda x, a: np.sign(x),
    'Abs': lambda x, a: np.abs(x),
    'IsNaN': lambda x, a: np.isnan(x),
    'Cast': lambda x, a: x.astype(np.float32),
}


def evaluate(model, feeds):
    """What the graph answers by the definitions of its operators."""
    known = dict(feeds)
    for constant in model.graph.initializer:
        known[constant.name] = onnx.numpy_helper.to_array(constant)
    for node in model.graph.node:
        out = OPERATORS[node.op_type](*[known[i] for i in node.input], attributes(node))
        if len(node.output) == 1:
            out = (out,)
        known.update(zip(node.output, out))
    return {o.name: known[o.name] for o in model.graph.output}


def answers(model, data, feeds):
    if onnxruntime is None:
        return evaluate(model, feeds)
    session = onnxruntime.InferenceSession(data, providers=['CPUExecutionProvider'])
    names = [o.name for o in session.get_outputs()]
    return dict(zip(names, session.run(names, feeds)))


def feeds_of(model, inputs):
    feeds = {}
    for value in model.graph.input:
        text = value.type.tensor_type.elem_type == onnx.TensorProto.STRING
        rows = inputs[value.name]
        if text:
            rows = np.array([r or '' for r in rows], object)
        else:
            rows = np.array([np.nan if r is None else r for r in rows], np.float32)
        feeds[value.name] = rows.reshape(len(rows), -1)
    return feeds


def check(case):
    data = binascii.unhexlify(case['onnx'])
    model = onnx.load_model_from_string(data)
    onnx.checker.check_model(model)
    yield 'is written as protobuf writes it', model.SerializeToString() == data
    got = answers(model, data, feeds_of(model, case['inputs']))
    yield 'has the outputs', set(got) == set(case['outputs'])
    for name, expected in case['outputs'].items():
        if name == 'label':
            yield 'says the labels', [str(g) for g in got[name]] == [str(e) for e in expected]
            continue
        want = np.array(expected, float)
        yield 'says the ' + name, np.allclose(np.asarray(got[name], float).reshape(want.shape), want, rtol=1e-5, atol=1e-6)


def main():
    print('#', 'onnxruntime ' + onnxruntime.__version__ if onnxruntime else 'the operators\' definitions')
    number = 0
    for line in sys.stdin:
        case = json.loads(line)
        for what, right in check(case):
            number += 1
            print('ok' if right else 'not ok', number, '-', case['name'], what)
    print('1..%d' % number)


if __name__ == '__main__' and sys.argv[1:] != ['available']:
    main()
