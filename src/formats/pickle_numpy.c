/*
 * pickle_numpy.c
 *		The pickle reader's globals: numpy arrays and what they need.
 */
#include "formats/pickle_machine.h"

#include <stdio.h>
#include <string.h>

/*
 * The closed list of globals, in the spellings of numpy 1 and 2, Python 2, 3
 */
static const struct
{
	const char *module;
	const char *name;
	Global global;
} globals[] = {
	{"numpy.core.multiarray", "_reconstruct", GLOBAL_RECONSTRUCT},
	{"numpy._core.multiarray", "_reconstruct", GLOBAL_RECONSTRUCT},
	{"numpy.core.numeric", "_frombuffer", GLOBAL_FROMBUFFER},
	{"numpy._core.numeric", "_frombuffer", GLOBAL_FROMBUFFER},
	{"numpy", "ndarray", GLOBAL_NDARRAY},
	{"numpy", "dtype", GLOBAL_DTYPE},
	{"_codecs", "encode", GLOBAL_ENCODE},
	{"__builtin__", "bytes", GLOBAL_BYTES},
	{"builtins", "bytes", GLOBAL_BYTES},
};

/* Names of Latin-1, the only encoding that pickles of arrays use. */
static const char *const latin1_names[] = {"latin1", "latin-1", "iso-8859-1"};

#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Room for a name from a pickle, made fit for a message. */
#define NAME_SIZE 48

/* Copy a name for a message: what is not printable ASCII becomes '?'. */
static const char *
printable(Span name, char *copy)
{
	size_t length = name.length < NAME_SIZE - 1 ? name.length : NAME_SIZE - 1;

	for (size_t i = 0; i < length; i++)
	{
		uint8_t c = name.bytes[i];

		copy[i] = c >= 0x20 && c < 0x7F ? (char) c : '?';
	}
	copy[length] = '\0';
	return copy;
}

/* Compare a span with a string. */
static bool
span_is(Span span, const char *string)
{
	return span.length == strlen(string) &&
		   memcmp(span.bytes, string, span.length) == 0;
}

Status
numpy_global(Machine *machine, Span module, Span name)
{
	char module_copy[NAME_SIZE];
	char name_copy[NAME_SIZE];
	Ref ref = NO_REF;

	for (size_t i = 0; i < LENGTH_OF(globals); i++)
	{
		Status status;

		if (!span_is(module, globals[i].module) ||
			!span_is(name, globals[i].name))
			continue;
		status = machine_value(machine, VALUE_GLOBAL, &ref);
		if (status != LL_OK)
			return status;
		machine->values[ref].global = globals[i].global;
		return machine_push(machine, ref);
	}
	machine_fail(machine, LL_UNSUPPORTED, "global \"%s.%s\" is not allowed",
				 printable(module, module_copy), printable(name, name_copy));
	fail_detail(machine->failure, "Only tuples and lists of numpy arrays are "
								  "read; nothing is ever executed.");
	return LL_UNSUPPORTED;
}

/* Check that a value is of a kind, for a role that the message names. */
static Status
expect(Machine *machine, Ref ref, ValueKind kind, const char *what)
{
	if (machine->values[ref].kind == kind)
		return LL_OK;
	return machine_fail(machine, LL_MALFORMED, "%s is of a wrong type", what);
}

/* Get the n-th item of arguments, checked against a kind. */
static Status
expect_item(Machine *machine, Ref arguments, uint32_t n, ValueKind kind,
			const char *what, Ref *item)
{
	*item = machine_item(machine, arguments, n);
	return expect(machine, *item, kind, what);
}

/* Read a shape out of a tuple of integers. */
static Status
read_shape(Machine *machine, Ref tuple, NumberArray *array)
{
	uint32_t count = machine->values[tuple].items.count;

	if (count > NUMBERS_MAX_DIMENSIONS)
		return machine_fail(machine, LL_UNSUPPORTED,
							"array has %u dimensions, allowed are %d",
							(unsigned int) count, NUMBERS_MAX_DIMENSIONS);
	array->dimensions = (int) count;
	for (uint32_t i = 0; i < count; i++)
	{
		Ref item;
		int64_t size;
		Status status = expect_item(machine, tuple, i, VALUE_INTEGER,
									"array dimension", &item);

		if (status != LL_OK)
			return status;
		size = machine->values[item].integer;
		if (size < 0 || (uint64_t) size > SIZE_MAX)
			return machine_fail(machine, LL_MALFORMED,
								"array dimension is %lld", (long long) size);
		array->shape[i] = (size_t) size;
	}
	return LL_OK;
}

/* Give an array its type and data, and check that they fit its shape. */
static Status
fill_array(Machine *machine, NumberArray *array, Ref dtype, Ref data)
{
	const Value *type = &machine->values[dtype];
	Span span = machine->values[data].span;
	char what[64];

	array->type = type->dtype.type;
	array->big_endian = type->dtype.big_endian;
	array->data = span.bytes;
	snprintf(what, sizeof(what), "numpy array before byte %zu of the pickle",
			 machine->offset);
	return numbers_check(array, span.length, what, machine->failure);
}

/* Push a new array, not filled yet. */
static Status
push_array(Machine *machine, NumberArray **array)
{
	Ref ref = NO_REF;
	Status status = machine_value(machine, VALUE_ARRAY, &ref);

	if (status != LL_OK)
		return status;
	*array = runtime_allocate_zero(machine->runtime, 1, sizeof(NumberArray));
	if (*array == NULL)
		return fail_no_memory(machine->failure);
	machine->values[ref].array = *array;
	return machine_push(machine, ref);
}

/* Call _reconstruct(ndarray, (0,), b'b'): an array whose state comes later. */
static Status
call_reconstruct(Machine *machine, Ref arguments, uint32_t count)
{
	NumberArray *array;
	Ref type = NO_REF;
	Status status;

	if (count != 3)
		return machine_fail(machine, LL_MALFORMED,
							"_reconstruct has %u arguments instead of 3",
							(unsigned int) count);
	status =
		expect_item(machine, arguments, 0, VALUE_GLOBAL, "array class", &type);
	if (status != LL_OK)
		return status;
	if (machine->values[type].global != GLOBAL_NDARRAY)
		return machine_fail(machine, LL_MALFORMED,
							"array class is not numpy.ndarray");
	return push_array(machine, &array);
}

/* Call _frombuffer(bytes, dtype, shape, order), as of protocol 5. */
static Status
call_frombuffer(Machine *machine, Ref arguments, uint32_t count)
{
	Ref data = NO_REF;
	Ref dtype = NO_REF;
	Ref shape = NO_REF;
	Ref order = NO_REF;
	NumberArray *array;
	Status status;

	if (count != 4)
		return machine_fail(machine, LL_UNSUPPORTED,
							"_frombuffer has %u arguments instead of 4",
							(unsigned int) count);
	status =
		expect_item(machine, arguments, 0, VALUE_BYTES, "array data", &data);
	if (status == LL_OK)
		status = expect_item(machine, arguments, 1, VALUE_DTYPE, "array type",
							 &dtype);
	if (status == LL_OK)
		status = expect_item(machine, arguments, 2, VALUE_TUPLE, "array shape",
							 &shape);
	if (status == LL_OK)
		status = push_array(machine, &array);
	if (status == LL_OK)
		status = read_shape(machine, shape, array);
	if (status != LL_OK)
		return status;
	order = machine_item(machine, arguments, 3);
	array->column_major = machine_is_string(machine, order, "F");
	if (!array->column_major && !machine_is_string(machine, order, "C"))
		return machine_fail(machine, LL_UNSUPPORTED,
							"array order is neither C nor F");
	return fill_array(machine, array, dtype, data);
}

/* Call dtype('f4', False, True). */
static Status
call_dtype(Machine *machine, Ref arguments, uint32_t count)
{
	Ref ref = NO_REF;
	Status status;

	for (int type = 0; count > 0 && type < NUMBER_TYPES; type++)
	{
		if (!machine_is_string(machine, machine_item(machine, arguments, 0),
							   number_type_code(type)))
			continue;
		status = machine_value(machine, VALUE_DTYPE, &ref);
		if (status != LL_OK)
			return status;
		machine->values[ref].dtype.type = type;
		machine->values[ref].dtype.big_endian = false;
		return machine_push(machine, ref);
	}
	machine_fail(machine, LL_UNSUPPORTED, "array type is not supported");
	fail_detail(machine->failure,
				"Types are bool, int8 to int64, uint8 to uint64, float32 and "
				"float64.");
	return LL_UNSUPPORTED;
}

/* Push bytes. */
static Status
push_bytes(Machine *machine, Span span)
{
	Ref ref = NO_REF;
	Status status = machine_value(machine, VALUE_BYTES, &ref);

	if (status != LL_OK)
		return status;
	machine->values[ref].span = span;
	return machine_push(machine, ref);
}

/* Call encode(text, 'latin1'), by which Python 3 writes bytes to Python 2. */
static Status
call_encode(Machine *machine, Ref arguments, uint32_t count)
{
	Span bytes = {0};
	Ref text = NO_REF;
	ValueKind kind;
	bool latin1 = false;
	Status status;

	if (count != 2)
		return machine_fail(machine, LL_MALFORMED,
							"encode has %u arguments instead of 2",
							(unsigned int) count);
	for (size_t i = 0; i < LENGTH_OF(latin1_names); i++)
		latin1 |= machine_is_string(
			machine, machine_item(machine, arguments, 1), latin1_names[i]);
	if (!latin1)
		return machine_fail(machine, LL_UNSUPPORTED, "encoding is not latin1");
	text = machine_item(machine, arguments, 0);
	kind = machine->values[text].kind;
	if (kind != VALUE_TEXT && kind != VALUE_RAW_TEXT)
		return machine_fail(machine, LL_MALFORMED,
							"text to encode is of a wrong type");
	status = machine_encode(machine, &machine->values[text], &bytes);
	return status == LL_OK ? push_bytes(machine, bytes) : status;
}

Status
numpy_reduce(Machine *machine)
{
	Ref arguments = NO_REF;
	Ref function = NO_REF;
	uint32_t count = 0;
	Status status = machine_pop(machine, &arguments);

	if (status == LL_OK)
		status = machine_pop(machine, &function);
	if (status == LL_OK)
		status = expect(machine, arguments, VALUE_TUPLE, "argument list");
	if (status == LL_OK)
		status = expect(machine, function, VALUE_GLOBAL, "function");
	if (status != LL_OK)
		return status;
	count = machine->values[arguments].items.count;
	switch (machine->values[function].global)
	{
		case GLOBAL_RECONSTRUCT:
			return call_reconstruct(machine, arguments, count);
		case GLOBAL_FROMBUFFER:
			return call_frombuffer(machine, arguments, count);
		case GLOBAL_DTYPE:
			return call_dtype(machine, arguments, count);
		case GLOBAL_ENCODE:
			return call_encode(machine, arguments, count);
		case GLOBAL_BYTES:
			if (count == 0)
				return push_bytes(machine, (Span){machine->bytes, 0});
			break;
		case GLOBAL_NDARRAY:
			break;
	}
	return machine_fail(machine, LL_UNSUPPORTED, "this call is not supported");
}

/* Take a dtype's state: (3, '<', None, None, None, -1, -1, 0). */
static Status
build_dtype(Machine *machine, Ref dtype, Ref state, uint32_t count)
{
	Ref order = NO_REF;

	if (count < 5)
		return machine_fail(machine, LL_MALFORMED,
							"array type has %u items of state, not 8",
							(unsigned int) count);
	for (uint32_t i = 2; i < 5; i++)
	{
		Ref item;
		Status status =
			expect_item(machine, state, i, VALUE_NONE,
						"field or subtype of an array type", &item);

		if (status != LL_OK)
			return status;
	}
	order = machine_item(machine, state, 1);
	machine->values[dtype].dtype.big_endian =
		machine_is_string(machine, order, ">");
	if (!machine->values[dtype].dtype.big_endian &&
		!machine_is_string(machine, order, "<") &&
		!machine_is_string(machine, order, "|"))
		return machine_fail(machine, LL_UNSUPPORTED,
							"byte order is neither <, > nor |");
	return LL_OK;
}

/* Take an array's state: (1, shape, dtype, is_fortran, data). */
static Status
build_array(Machine *machine, Ref target, Ref state, uint32_t count)
{
	NumberArray *array = machine->values[target].array;
	uint32_t first = count == 5 ? 1 : 0;
	Ref shape = NO_REF;
	Ref dtype = NO_REF;
	Ref order = NO_REF;
	Ref data = NO_REF;
	Status status;

	if (count != 4 && count != 5)
		return machine_fail(machine, LL_MALFORMED,
							"array has %u items of state, not 5",
							(unsigned int) count);
	status =
		expect_item(machine, state, first, VALUE_TUPLE, "array shape", &shape);
	if (status == LL_OK)
		status = expect_item(machine, state, first + 1, VALUE_DTYPE,
							 "array type", &dtype);
	if (status == LL_OK)
		status = expect_item(machine, state, first + 3, VALUE_BYTES,
							 "array data", &data);
	if (status == LL_OK)
		status = read_shape(machine, shape, array);
	if (status != LL_OK)
		return status;
	/* Python before 2.3 wrote booleans as integers */
	order = machine_item(machine, state, first + 2);
	array->column_major = (machine->values[order].kind == VALUE_BOOL ||
						   machine->values[order].kind == VALUE_INTEGER) &&
						  machine->values[order].integer != 0;
	return fill_array(machine, array, dtype, data);
}

Status
numpy_build(Machine *machine)
{
	Ref state = NO_REF;
	Ref target = NO_REF;
	uint32_t count = 0;
	Status status = machine_pop(machine, &state);

	if (status == LL_OK)
		status = machine_pop(machine, &target);
	if (status == LL_OK)
		status = expect(machine, state, VALUE_TUPLE, "state");
	if (status == LL_OK)
		status = machine_push(machine, target);
	if (status != LL_OK)
		return status;
	count = machine->values[state].items.count;
	if (machine->values[target].kind == VALUE_DTYPE)
		return build_dtype(machine, target, state, count);
	if (machine->values[target].kind == VALUE_ARRAY)
		return build_array(machine, target, state, count);
	return machine_fail(machine, LL_MALFORMED,
						"only an array or its type has state");
}
