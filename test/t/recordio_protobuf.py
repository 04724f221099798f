"""Hold recordIO against Google's protobuf, on SageMaker's schema made here.

usage: recordio_protobuf.py available    exit status 0 if protobuf is there
       recordio_protobuf.py make COUNT   records by protobuf, one a line:
                                         hex, label, dense array, sparse row
       recordio_protobuf.py check        reads hex and a JSON array of
                                         [features, label] a line; protobuf must
                                         read that, and write the same bytes
"""
import json
import random
import struct
import sys

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

MAGIC = 0xced7230a
FIELD = descriptor_pb2.FieldDescriptorProto


def add_field(message, name, number, kind, packed=None, repeated=False,
              type_name=None, oneof=None):
    """Add a field to a message's description."""
    field = message.field.add(
        name=name, number=number, type=kind,
        label=FIELD.LABEL_REPEATED if repeated else FIELD.LABEL_OPTIONAL)
    if packed is not None:
        field.options.packed = packed
    if type_name:
        field.type_name = type_name
    if oneof is not None:
        field.oneof_index = oneof


def add_map(record, package, name, number):
    """Add map<string, Value> to the description of Record."""
    entry = record.nested_type.add(name=name.capitalize() + "Entry")
    entry.options.map_entry = True
    add_field(entry, "key", 1, FIELD.TYPE_STRING)
    add_field(entry, "value", 2, FIELD.TYPE_MESSAGE, type_name=f".{package}.Value")
    add_field(record, name, number, FIELD.TYPE_MESSAGE, repeated=True,
              type_name=f".{package}.Record.{entry.name}")


def record_class(package, packed=True, extra=False):
    """Return the class of Record; extra adds fields that SageMaker has not."""
    file = descriptor_pb2.FileDescriptorProto(
        name=package + ".proto", package=package, syntax="proto2")
    for name, kind in (("Float32Tensor", FIELD.TYPE_FLOAT),
                       ("Float64Tensor", FIELD.TYPE_DOUBLE),
                       ("Int32Tensor", FIELD.TYPE_INT32)):
        tensor = file.message_type.add(name=name)
        add_field(tensor, "values", 1, kind, packed, True)
        add_field(tensor, "keys", 2, FIELD.TYPE_UINT64, packed, True)
        add_field(tensor, "shape", 3, FIELD.TYPE_UINT64, packed, True)
        if extra:
            add_field(tensor, "note", 9, FIELD.TYPE_STRING)
    value = file.message_type.add(name="Value")
    value.oneof_decl.add(name="value")
    for name, number, kind in (("float32_tensor", 2, "Float32Tensor"),
                               ("float64_tensor", 3, "Float64Tensor"),
                               ("int32_tensor", 7, "Int32Tensor")):
        add_field(value, name, number, FIELD.TYPE_MESSAGE, oneof=0,
                  type_name=f".{package}.{kind}")
    record = file.message_type.add(name="Record")
    add_map(record, package, "features", 1)
    add_map(record, package, "label", 2)
    add_field(record, "uid", 3, FIELD.TYPE_STRING)
    if extra:
        add_field(record, "weight", 77, FIELD.TYPE_DOUBLE)
        add_field(record, "count", 78, FIELD.TYPE_FIXED32)
        add_field(record, "history", 79, FIELD.TYPE_INT64, True, True)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    found = pool.FindMessageTypeByName(package + ".Record")
    if hasattr(message_factory, "GetMessageClass"):
        return message_factory.GetMessageClass(found)
    return message_factory.MessageFactory(pool).GetPrototype(found)


def frame(payload):
    """Frame a record as SageMaker's SDK does."""
    return (struct.pack("<II", MAGIC, len(payload)) + payload
            + b"\0" * (-len(payload) % 4))


def make_one(cls, extra, draw):
    """Return a random record and what it holds."""
    record = cls()
    kind = draw.choice(["float32_tensor", "float64_tensor", "int32_tensor"])
    width = draw.randint(1, 300)
    sparse = draw.random() < 0.4
    keys = sorted(draw.sample(range(width), draw.randint(0, width)))
    count = len(keys) if sparse else width
    if kind == "int32_tensor":
        values = [draw.randint(-100000, 100000) or 1 for _ in range(count)]
    else:
        values = [draw.randint(1, 1 << 20) / 1024 * draw.choice([1, -1])
                  for _ in range(count)]
    tensor = getattr(record.features["values"], kind)
    tensor.values.extend(values)
    if sparse:
        tensor.keys.extend(keys)
        tensor.shape.append(width)
    label = draw.choice([None, 0.0, 1.0, -2.5])
    if label is not None:
        getattr(record.label["values"], draw.choice(
            ["float32_tensor", "float64_tensor"])).values.append(label)
    if draw.random() < 0.3:
        record.uid = "row"
        if label is not None:   # alone it is taken for a label by mistake
            record.label["weights"].float32_tensor.values.append(3)
    if extra:
        record.weight = 1.5
        record.count = 7
        record.history.extend([-1, 2])
        tensor.note = "unknown"
    return record, label, None if sparse else values, (keys, values, width)


def make(count):
    """Print records of three schemas: packed, unpacked, with unknown fields."""
    draw = random.Random(1)
    schemas = [(record_class("packed"), False),
               (record_class("unpacked", packed=False), False),
               (record_class("extra", extra=True), True)]
    for i in range(count):
        cls, extra = schemas[i % 3]
        record, label, dense, (keys, values, width) = make_one(cls, extra, draw)
        row = [r"\\x" + frame(record.SerializeToString()).hex(),
               r"\N" if label is None else repr(label)]
        if dense is not None:
            row += ["{" + ",".join(map(repr, dense)) + "}", r"\N"]
        else:
            pairs = ",".join(f"{k}:{v:g}" if v == int(v) and abs(v) < 1e5
                             else f"{k}:{v!r}" for k, v in zip(keys, values))
            row += [r"\N", "{" + pairs + "}/" + str(width)]
        print("\t".join(row))


def check():
    """Read our records by protobuf, and write them again."""
    cls = record_class("aialgs.data")
    checked = 0
    for line in sys.stdin:
        text, expected = line.rstrip("\n").split("\t")
        data = bytes.fromhex(text)
        rows = json.loads(expected)
        again = b""
        at = 0
        for features, label in rows:
            magic, length = struct.unpack_from("<II", data, at)
            assert magic == MAGIC, hex(magic)
            record = cls()
            record.ParseFromString(data[at + 8:at + 8 + length])
            tensor = record.features["values"]
            tensor = getattr(tensor, tensor.WhichOneof("value"))
            assert list(tensor.values) == features, (list(tensor.values), features)
            if label is None:
                assert "values" not in record.label
            else:
                value = record.label["values"]
                value = getattr(value, value.WhichOneof("value")).values
                assert list(value) == [label], (list(value), label)
            again += frame(record.SerializeToString())
            at += 8 + length + -length % 4
            checked += 1
        assert again == data, "protobuf writes other bytes"
    print(f"{checked} records read and written alike")


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(int(sys.argv[2]))
    elif sys.argv[1] == "check":
        check()
