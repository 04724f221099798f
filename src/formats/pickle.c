/*
 * pickle.c
 *		Reader of Python pickles that hold numpy arrays: the stack machine.
 */
#include "formats/pickle.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "formats/pickle_machine.h"

/* Most arrays that a pickle's tuples and lists may name. */
#define PICKLE_MAX_ARRAYS 65536

/* Opcodes between two looks at the interrupt flag. */
#define PICKLE_SLICE 4096

/* The opcodes that are read; the others are in the table of names only. */
enum
{
	OP_MARK = '(',
	OP_STOP = '.',
	OP_POP = '0',
	OP_POP_MARK = '1',
	OP_DUP = '2',
	OP_NONE = 'N',
	OP_INT = 'I',
	OP_BININT = 'J',
	OP_BININT1 = 'K',
	OP_BININT2 = 'M',
	OP_LONG = 'L',
	OP_STRING = 'S',
	OP_BINSTRING = 'T',
	OP_SHORT_BINSTRING = 'U',
	OP_UNICODE = 'V',
	OP_BINUNICODE = 'X',
	OP_BINBYTES = 'B',
	OP_SHORT_BINBYTES = 'C',
	OP_REDUCE = 'R',
	OP_BUILD = 'b',
	OP_GLOBAL = 'c',
	OP_APPEND = 'a',
	OP_APPENDS = 'e',
	OP_LIST = 'l',
	OP_EMPTY_LIST = ']',
	OP_TUPLE = 't',
	OP_EMPTY_TUPLE = ')',
	OP_GET = 'g',
	OP_BINGET = 'h',
	OP_LONG_BINGET = 'j',
	OP_PUT = 'p',
	OP_BINPUT = 'q',
	OP_LONG_BINPUT = 'r',
	OP_PROTO = 0x80,
	OP_TUPLE1 = 0x85,
	OP_TUPLE2 = 0x86,
	OP_TUPLE3 = 0x87,
	OP_NEWTRUE = 0x88,
	OP_NEWFALSE = 0x89,
	OP_LONG1 = 0x8a,
	OP_LONG4 = 0x8b,
	OP_SHORT_BINUNICODE = 0x8c,
	OP_BINUNICODE8 = 0x8d,
	OP_BINBYTES8 = 0x8e,
	OP_STACK_GLOBAL = 0x93,
	OP_MEMOIZE = 0x94,
	OP_FRAME = 0x95,
	OP_BYTEARRAY8 = 0x96
};

/* All opcodes of protocols 0 to 5, so that an error can name them. */
static const char *const opcode_names[256] = {
	['('] = "MARK",
	['.'] = "STOP",
	['0'] = "POP",
	['1'] = "POP_MARK",
	['2'] = "DUP",
	['F'] = "FLOAT",
	['I'] = "INT",
	['J'] = "BININT",
	['K'] = "BININT1",
	['L'] = "LONG",
	['M'] = "BININT2",
	['N'] = "NONE",
	['P'] = "PERSID",
	['Q'] = "BINPERSID",
	['R'] = "REDUCE",
	['S'] = "STRING",
	['T'] = "BINSTRING",
	['U'] = "SHORT_BINSTRING",
	['V'] = "UNICODE",
	['X'] = "BINUNICODE",
	['a'] = "APPEND",
	['b'] = "BUILD",
	['c'] = "GLOBAL",
	['d'] = "DICT",
	['}'] = "EMPTY_DICT",
	['e'] = "APPENDS",
	['g'] = "GET",
	['h'] = "BINGET",
	['i'] = "INST",
	['j'] = "LONG_BINGET",
	['l'] = "LIST",
	[']'] = "EMPTY_LIST",
	['o'] = "OBJ",
	['p'] = "PUT",
	['q'] = "BINPUT",
	['r'] = "LONG_BINPUT",
	['s'] = "SETITEM",
	['t'] = "TUPLE",
	[')'] = "EMPTY_TUPLE",
	['u'] = "SETITEMS",
	['G'] = "BINFLOAT",
	['B'] = "BINBYTES",
	['C'] = "SHORT_BINBYTES",
	[0x80] = "PROTO",
	[0x81] = "NEWOBJ",
	[0x82] = "EXT1",
	[0x83] = "EXT2",
	[0x84] = "EXT4",
	[0x85] = "TUPLE1",
	[0x86] = "TUPLE2",
	[0x87] = "TUPLE3",
	[0x88] = "NEWTRUE",
	[0x89] = "NEWFALSE",
	[0x8a] = "LONG1",
	[0x8b] = "LONG4",
	[0x8c] = "SHORT_BINUNICODE",
	[0x8d] = "BINUNICODE8",
	[0x8e] = "BINBYTES8",
	[0x8f] = "EMPTY_SET",
	[0x90] = "ADDITEMS",
	[0x91] = "FROZENSET",
	[0x92] = "NEWOBJ_EX",
	[0x93] = "STACK_GLOBAL",
	[0x94] = "MEMOIZE",
	[0x95] = "FRAME",
	[0x96] = "BYTEARRAY8",
	[0x97] = "NEXT_BUFFER",
	[0x98] = "READONLY_BUFFER",
};

#define TRY(call)                                                             \
	do                                                                        \
	{                                                                         \
		Status status_ = (call);                                              \
		if (status_ != LL_OK)                                                 \
			return status_;                                                   \
	} while (0)

Status
machine_fail(Machine *machine, Status status, const char *format, ...)
{
	char message[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	return fail(machine->failure, status, "pickle opcode %s at byte %zu: %s",
				machine->opcode, machine->opcode_offset, message);
}

/* Grow a vector of refs for one more. */
static Status
vector_reserve(Machine *machine, RefVector *vector, uint32_t needed)
{
	uint32_t capacity = vector->capacity > 0 ? vector->capacity : 64;
	Ref *refs;

	if (needed <= vector->capacity)
		return LL_OK;
	if (needed > PICKLE_MAX_VALUES)
		return machine_fail(machine, LL_LIMIT,
							"more than the allowed %d values",
							PICKLE_MAX_VALUES);
	while (capacity < needed)
		capacity *= 2;
	refs = runtime_allocate(machine->runtime, capacity * sizeof(Ref));
	if (refs == NULL)
		return fail_no_memory(machine->failure);
	if (vector->count > 0)
		memcpy(refs, vector->refs, vector->count * sizeof(Ref));
	runtime_release(machine->runtime, vector->refs);
	vector->refs = refs;
	vector->capacity = capacity;
	return LL_OK;
}

Status
machine_value(Machine *machine, ValueKind kind, Ref *ref)
{
	if (machine->value_count == machine->value_capacity)
	{
		uint32_t capacity =
			machine->value_capacity > 0 ? machine->value_capacity * 2 : 256;
		Value *values;

		if (capacity > PICKLE_MAX_VALUES)
			return machine_fail(machine, LL_LIMIT,
								"more than the allowed %d values",
								PICKLE_MAX_VALUES);
		values =
			runtime_allocate_zero(machine->runtime, capacity, sizeof(Value));
		if (values == NULL)
			return fail_no_memory(machine->failure);
		if (machine->value_count > 0)
			memcpy(values, machine->values,
				   machine->value_count * sizeof(Value));
		runtime_release(machine->runtime, machine->values);
		machine->values = values;
		machine->value_capacity = capacity;
	}
	*ref = machine->value_count++;
	machine->values[*ref].kind = kind;
	return LL_OK;
}

Status
machine_push(Machine *machine, Ref ref)
{
	TRY(vector_reserve(machine, &machine->stack, machine->stack.count + 1));
	machine->stack.refs[machine->stack.count++] = ref;
	return LL_OK;
}

/* Tell how many values lie below the last mark. */
static uint32_t
stack_floor(const Machine *machine)
{
	const RefVector *marks = &machine->marks;

	return marks->count > 0 ? marks->refs[marks->count - 1] : 0;
}

Status
machine_pop(Machine *machine, Ref *ref)
{
	if (machine->stack.count <= stack_floor(machine))
		return machine_fail(machine, LL_MALFORMED, "the stack is empty");
	*ref = machine->stack.refs[--machine->stack.count];
	return LL_OK;
}

Ref
machine_item(const Machine *machine, Ref sequence, uint32_t n)
{
	Ref cell = machine->values[sequence].items.first;

	while (n-- > 0)
		cell = machine->values[cell].cell.next;
	return machine->values[cell].cell.value;
}

bool
machine_is_string(const Machine *machine, Ref ref, const char *string)
{
	const Value *value = &machine->values[ref];

	return (value->kind == VALUE_BYTES || value->kind == VALUE_TEXT ||
			value->kind == VALUE_RAW_TEXT) &&
		   value->span.length == strlen(string) &&
		   memcmp(value->span.bytes, string, value->span.length) == 0;
}

/* Take the next bytes of the pickle. */
static Status
take(Machine *machine, uint64_t length, Span *span)
{
	if (length > machine->length - machine->offset)
		return machine_fail(
			machine, LL_MALFORMED, "%llu bytes claimed, but only %zu are left",
			(unsigned long long) length, machine->length - machine->offset);
	*span = (Span){machine->bytes + machine->offset, (size_t) length};
	machine->offset += (size_t) length;
	return LL_OK;
}

/* Take a little-endian number of size bytes. */
static Status
take_number(Machine *machine, int size, uint64_t *number)
{
	Span span = {0};

	TRY(take(machine, (uint64_t) size, &span));
	*number = 0;
	for (int i = size - 1; i >= 0; i--)
		*number = *number << 8 | span.bytes[i];
	return LL_OK;
}

/* Take bytes whose length stands before them in size bytes. */
static Status
take_counted(Machine *machine, int size, Span *span)
{
	uint64_t length = 0;

	TRY(take_number(machine, size, &length));
	return take(machine, length, span);
}

/* Take a line, without its newline. */
static Status
take_line(Machine *machine, Span *span)
{
	const uint8_t *start = machine->bytes + machine->offset;
	const uint8_t *newline =
		memchr(start, '\n', machine->length - machine->offset);

	if (newline == NULL)
		return machine_fail(machine, LL_MALFORMED, "its line has no end");
	*span = (Span){start, (size_t) (newline - start)};
	machine->offset += span->length + 1;
	return LL_OK;
}

/* Read a decimal integer; "L" may follow it. */
static Status
parse_integer(Machine *machine, Span line, int64_t *integer)
{
	bool negative = line.length > 0 && line.bytes[0] == '-';
	size_t at = negative ? 1 : 0;
	size_t length = line.length;

	if (length > 0 && line.bytes[length - 1] == 'L')
		length--;
	*integer = 0;
	for (size_t i = at; i < length; i++)
	{
		int digit = line.bytes[i] - '0';

		if (digit < 0 || digit > 9 ||
			__builtin_mul_overflow(*integer, 10, integer) ||
			__builtin_sub_overflow(*integer, digit, integer))
			return machine_fail(machine, LL_MALFORMED, "not a 64-bit integer");
	}
	if (length == at || (!negative && *integer == INT64_MIN))
		return machine_fail(machine, LL_MALFORMED, "not a 64-bit integer");
	if (!negative)
		*integer = -*integer;
	return LL_OK;
}

/* Push an integer or boolean. */
static Status
push_integer(Machine *machine, ValueKind kind, int64_t integer)
{
	Ref ref = NO_REF;

	TRY(machine_value(machine, kind, &ref));
	machine->values[ref].integer = integer;
	return machine_push(machine, ref);
}

/* Push a string. */
static Status
push_span(Machine *machine, ValueKind kind, Span span)
{
	Ref ref = NO_REF;

	TRY(machine_value(machine, kind, &ref));
	machine->values[ref].span = span;
	return machine_push(machine, ref);
}

/* INT and LONG: a line; INT's 00 and 01 are booleans. */
static Status
run_decimal(Machine *machine)
{
	Span line = {0};
	int64_t integer = 0;

	TRY(take_line(machine, &line));
	TRY(parse_integer(machine, line, &integer));
	if (line.length == 2 && line.bytes[0] == '0')
		return push_integer(machine, VALUE_BOOL, integer);
	return push_integer(machine, VALUE_INTEGER, integer);
}

/* BININT, BININT1, BININT2: only the first is signed. */
static Status
run_binary_integer(Machine *machine, int size)
{
	uint64_t number;

	TRY(take_number(machine, size, &number));
	return push_integer(machine, VALUE_INTEGER,
						size == 4 ? (int32_t) number : (int64_t) number);
}

/* LONG1, LONG4: two's complement of any length, here up to eight bytes. */
static Status
run_binary_long(Machine *machine, int size)
{
	Span span = {0};
	uint64_t number = 0;

	TRY(take_counted(machine, size, &span));
	if (span.length > 8)
		return machine_fail(machine, LL_UNSUPPORTED,
							"integer of %zu bytes, allowed are 8",
							span.length);
	if (span.length > 0 && span.bytes[span.length - 1] >= 0x80)
		number = UINT64_MAX;
	for (size_t i = span.length; i-- > 0;)
		number = number << 8 | span.bytes[i];
	return push_integer(machine, VALUE_INTEGER, (int64_t) number);
}

/* STRING: a quoted Python 2 string on a line. */
static Status
run_quoted_string(Machine *machine)
{
	Span line = {0};
	Span bytes = {0};

	TRY(take_line(machine, &line));
	if (line.length < 2 || (line.bytes[0] != '\'' && line.bytes[0] != '"') ||
		line.bytes[line.length - 1] != line.bytes[0])
		return machine_fail(machine, LL_MALFORMED, "string has no quotes");
	line.bytes++;
	line.length -= 2;
	TRY(machine_unescape(machine, line, &bytes));
	return push_span(machine, VALUE_BYTES, bytes);
}

/* All strings whose length stands before them. */
static Status
run_counted_string(Machine *machine, ValueKind kind, int size)
{
	Span span = {0};

	TRY(take_counted(machine, size, &span));
	return push_span(machine, kind, span);
}

/* UNICODE: a line. */
static Status
run_unicode(Machine *machine)
{
	Span line = {0};

	TRY(take_line(machine, &line));
	return push_span(machine, VALUE_RAW_TEXT, line);
}

/* Add an item at the end of a tuple or list. */
static Status
append_item(Machine *machine, Ref sequence, Ref item)
{
	Ref cell = NO_REF;
	Value *values;

	TRY(machine_value(machine, VALUE_CELL, &cell));
	values = machine->values;
	values[cell].cell.value = item;
	values[cell].cell.next = NO_REF;
	if (values[sequence].items.count == 0)
		values[sequence].items.first = cell;
	else
		values[values[sequence].items.last].cell.next = cell;
	values[sequence].items.last = cell;
	values[sequence].items.count++;
	return LL_OK;
}

/* Move the stack's values from a height on into a sequence. */
static Status
move_items(Machine *machine, Ref sequence, uint32_t height)
{
	for (uint32_t i = height; i < machine->stack.count; i++)
		TRY(append_item(machine, sequence, machine->stack.refs[i]));
	machine->stack.count = height;
	return LL_OK;
}

/* Remove the last mark and tell its height. */
static Status
pop_mark(Machine *machine, uint32_t *height)
{
	if (machine->marks.count == 0)
		return machine_fail(machine, LL_MALFORMED, "there is no mark");
	*height = machine->marks.refs[--machine->marks.count];
	return LL_OK;
}

/* TUPLE, LIST: all from the last mark. */
static Status
run_sequence(Machine *machine, ValueKind kind)
{
	uint32_t height = 0;
	Ref ref = NO_REF;

	TRY(pop_mark(machine, &height));
	TRY(machine_value(machine, kind, &ref));
	TRY(move_items(machine, ref, height));
	return machine_push(machine, ref);
}

/* TUPLE1 to TUPLE3, EMPTY_TUPLE, EMPTY_LIST. */
static Status
run_short_sequence(Machine *machine, ValueKind kind, uint32_t count)
{
	Ref ref = NO_REF;

	if (machine->stack.count - stack_floor(machine) < count)
		return machine_fail(machine, LL_MALFORMED,
							"the stack has fewer than %u values",
							(unsigned int) count);
	TRY(machine_value(machine, kind, &ref));
	TRY(move_items(machine, ref, machine->stack.count - count));
	return machine_push(machine, ref);
}

/* APPEND, APPENDS: to the list below the items. */
static Status
run_append(Machine *machine, uint32_t height)
{
	Ref list = NO_REF;

	if (height <= stack_floor(machine) || height > machine->stack.count)
		return machine_fail(machine, LL_MALFORMED, "there is no list");
	list = machine->stack.refs[height - 1];
	if (machine->values[list].kind != VALUE_LIST)
		return machine_fail(machine, LL_MALFORMED, "not a list");
	return move_items(machine, list, height);
}

static Status
run_appends(Machine *machine)
{
	uint32_t height = 0;

	TRY(pop_mark(machine, &height));
	return run_append(machine, height);
}

/* Remember the topmost value under a key. */
static Status
memo_put(Machine *machine, uint64_t key)
{
	RefVector *memo = &machine->memo;

	if (machine->stack.count <= stack_floor(machine))
		return machine_fail(machine, LL_MALFORMED, "the stack is empty");
	if (key >= PICKLE_MAX_VALUES)
		return machine_fail(machine, LL_LIMIT,
							"memo key %llu, allowed are up to %d",
							(unsigned long long) key, PICKLE_MAX_VALUES - 1);
	TRY(vector_reserve(machine, memo, (uint32_t) key + 1));
	while (memo->count <= key)
		memo->refs[memo->count++] = NO_REF;
	if (memo->refs[key] == NO_REF)
		machine->memo_used++;
	memo->refs[key] = machine->stack.refs[machine->stack.count - 1];
	return LL_OK;
}

/* Push what is remembered under a key. */
static Status
memo_get(Machine *machine, uint64_t key)
{
	const RefVector *memo = &machine->memo;

	if (key >= memo->count || memo->refs[key] == NO_REF)
		return machine_fail(machine, LL_MALFORMED, "memo key %llu is not set",
							(unsigned long long) key);
	return machine_push(machine, memo->refs[key]);
}

/* The memo opcodes: the key is a line or size bytes. */
static Status
run_memo(Machine *machine, Status (*action)(Machine *, uint64_t), int size)
{
	Span line = {0};
	int64_t integer = 0;
	uint64_t key = 0;

	if (size > 0)
	{
		TRY(take_number(machine, size, &key));
		return action(machine, key);
	}
	TRY(take_line(machine, &line));
	TRY(parse_integer(machine, line, &integer));
	return action(machine, (uint64_t) integer);
}

/* GLOBAL: module and name on a line each. */
static Status
run_global(Machine *machine)
{
	Span module = {0};
	Span name = {0};

	TRY(take_line(machine, &module));
	TRY(take_line(machine, &name));
	return numpy_global(machine, module, name);
}

/* STACK_GLOBAL: module and name from the stack. */
static Status
run_stack_global(Machine *machine)
{
	Ref module = NO_REF;
	Ref name = NO_REF;

	TRY(machine_pop(machine, &name));
	TRY(machine_pop(machine, &module));
	if (machine->values[module].kind != VALUE_TEXT ||
		machine->values[name].kind != VALUE_TEXT)
		return machine_fail(machine, LL_MALFORMED, "names are not text");
	return numpy_global(machine, machine->values[module].span,
						machine->values[name].span);
}

/* POP: the topmost value, or the mark when that is topmost. */
static Status
run_pop(Machine *machine)
{
	Ref ref = NO_REF;

	if (machine->marks.count > 0 &&
		machine->stack.count == stack_floor(machine))
		return pop_mark(machine, &ref);
	return machine_pop(machine, &ref);
}

static Status
run_pop_mark(Machine *machine)
{
	return pop_mark(machine, &machine->stack.count);
}

static Status
run_dup(Machine *machine)
{
	Ref ref = NO_REF;

	TRY(machine_pop(machine, &ref));
	TRY(machine_push(machine, ref));
	return machine_push(machine, ref);
}

static Status
run_mark(Machine *machine)
{
	RefVector *marks = &machine->marks;

	TRY(vector_reserve(machine, marks, marks->count + 1));
	marks->refs[marks->count++] = machine->stack.count;
	return LL_OK;
}

static Status
run_proto(Machine *machine)
{
	uint64_t version = 0;

	TRY(take_number(machine, 1, &version));
	if (version > 5)
		return machine_fail(machine, LL_UNSUPPORTED,
							"protocol %d, allowed are 0 to 5", (int) version);
	return LL_OK;
}

/* FRAME: only a hint for readers of streams. */
static Status
run_frame(Machine *machine)
{
	uint64_t length = 0;
	Span frame = {0};
	size_t start;

	TRY(take_number(machine, 8, &length));
	start = machine->offset;
	TRY(take(machine, length, &frame));
	machine->offset = start;
	return LL_OK;
}

/* Run any opcode but STOP. */
static Status
run(Machine *machine, uint8_t opcode)
{
	switch (opcode)
	{
		case OP_PROTO:
			return run_proto(machine);
		case OP_FRAME:
			return run_frame(machine);
		case OP_MARK:
			return run_mark(machine);
		case OP_POP:
			return run_pop(machine);
		case OP_POP_MARK:
			return run_pop_mark(machine);
		case OP_DUP:
			return run_dup(machine);
		case OP_NONE:
			return push_integer(machine, VALUE_NONE, 0);
		case OP_NEWTRUE:
			return push_integer(machine, VALUE_BOOL, 1);
		case OP_NEWFALSE:
			return push_integer(machine, VALUE_BOOL, 0);
		case OP_INT:
		case OP_LONG:
			return run_decimal(machine);
		case OP_BININT:
			return run_binary_integer(machine, 4);
		case OP_BININT1:
			return run_binary_integer(machine, 1);
		case OP_BININT2:
			return run_binary_integer(machine, 2);
		case OP_LONG1:
			return run_binary_long(machine, 1);
		case OP_LONG4:
			return run_binary_long(machine, 4);
		case OP_STRING:
			return run_quoted_string(machine);
		case OP_SHORT_BINSTRING:
		case OP_SHORT_BINBYTES:
			return run_counted_string(machine, VALUE_BYTES, 1);
		case OP_BINSTRING:
		case OP_BINBYTES:
			return run_counted_string(machine, VALUE_BYTES, 4);
		case OP_BINBYTES8:
		case OP_BYTEARRAY8:
			return run_counted_string(machine, VALUE_BYTES, 8);
		case OP_UNICODE:
			return run_unicode(machine);
		case OP_SHORT_BINUNICODE:
			return run_counted_string(machine, VALUE_TEXT, 1);
		case OP_BINUNICODE:
			return run_counted_string(machine, VALUE_TEXT, 4);
		case OP_BINUNICODE8:
			return run_counted_string(machine, VALUE_TEXT, 8);
		case OP_TUPLE:
			return run_sequence(machine, VALUE_TUPLE);
		case OP_LIST:
			return run_sequence(machine, VALUE_LIST);
		case OP_EMPTY_TUPLE:
			return run_short_sequence(machine, VALUE_TUPLE, 0);
		case OP_EMPTY_LIST:
			return run_short_sequence(machine, VALUE_LIST, 0);
		case OP_TUPLE1:
		case OP_TUPLE2:
		case OP_TUPLE3:
			return run_short_sequence(machine, VALUE_TUPLE,
									  opcode - OP_TUPLE1 + 1);
		case OP_APPEND:
			return run_append(machine, machine->stack.count > 0
										   ? machine->stack.count - 1
										   : 0);
		case OP_APPENDS:
			return run_appends(machine);
		case OP_PUT:
			return run_memo(machine, memo_put, 0);
		case OP_BINPUT:
			return run_memo(machine, memo_put, 1);
		case OP_LONG_BINPUT:
			return run_memo(machine, memo_put, 4);
		case OP_MEMOIZE:
			return memo_put(machine, machine->memo_used);
		case OP_GET:
			return run_memo(machine, memo_get, 0);
		case OP_BINGET:
			return run_memo(machine, memo_get, 1);
		case OP_LONG_BINGET:
			return run_memo(machine, memo_get, 4);
		case OP_GLOBAL:
			return run_global(machine);
		case OP_STACK_GLOBAL:
			return run_stack_global(machine);
		case OP_REDUCE:
			return numpy_reduce(machine);
		case OP_BUILD:
			return numpy_build(machine);
	}
	machine_fail(machine, LL_UNSUPPORTED, "this opcode is not allowed");
	fail_detail(machine->failure, "Only tuples and lists of numpy arrays are "
								  "read; nothing is ever executed.");
	return LL_UNSUPPORTED;
}

/* Run the pickle up to its STOP and get its one value. */
static Status
run_all(Machine *machine, Ref *result)
{
	for (unsigned int steps = 1;; steps++)
	{
		uint8_t opcode;

		if (machine->offset == machine->length)
			return fail(machine->failure, LL_MALFORMED,
						"pickle is truncated: no STOP before byte %zu",
						machine->length);
		machine->opcode_offset = machine->offset;
		opcode = machine->bytes[machine->offset++];
		machine->opcode = opcode_names[opcode];
		if (machine->opcode == NULL)
			return fail(machine->failure, LL_MALFORMED,
						"not a pickle: unknown opcode 0x%02x at byte %zu",
						opcode, machine->opcode_offset);
		if (opcode == OP_STOP)
			break;
		TRY(run(machine, opcode));
		if (steps % PICKLE_SLICE == 0 && runtime_interrupted(machine->runtime))
			return fail_cancelled(machine->failure);
	}
	if (machine->stack.count != 1 || machine->marks.count != 0)
		return machine_fail(machine, LL_MALFORMED,
							"the stack has %u values instead of 1",
							(unsigned int) machine->stack.count);
	if (machine->offset != machine->length)
		return machine_fail(machine, LL_MALFORMED, "%zu bytes follow",
							machine->length - machine->offset);
	*result = machine->stack.refs[0];
	return LL_OK;
}

/* A walk over the result, which collects its arrays. */
typedef struct Walk
{
	Machine *machine;
	PickleArrays *arrays;
	size_t capacity;
	size_t visits;
	int path[PICKLE_MAX_DEPTH];
} Walk;

/* Add an array to the result. */
static Status
collect(Walk *walk, const NumberArray *numbers, int depth)
{
	PickleArrays *arrays = walk->arrays;
	PickleArray *array;

	if (arrays->count == walk->capacity)
	{
		size_t capacity = walk->capacity > 0 ? walk->capacity * 2 : 8;
		PickleArray *more = runtime_allocate_zero(
			walk->machine->runtime, capacity, sizeof(PickleArray));

		if (more == NULL)
			return fail_no_memory(walk->machine->failure);
		if (arrays->count > 0)
			memcpy(more, arrays->arrays, arrays->count * sizeof(PickleArray));
		runtime_release(walk->machine->runtime, arrays->arrays);
		arrays->arrays = more;
		walk->capacity = capacity;
	}
	array = &arrays->arrays[arrays->count++];
	array->numbers = *numbers;
	array->depth = depth;
	memcpy(array->path, walk->path, sizeof(walk->path));
	return LL_OK;
}

/* Collect the arrays of a value; recursion ends at PICKLE_MAX_DEPTH. */
static Status
walk_value(Walk *walk, Ref ref, int depth)
{
	Machine *machine = walk->machine;
	const Value *value = &machine->values[ref];
	Ref cell = NO_REF;

	if (++walk->visits > PICKLE_MAX_ARRAYS)
		return fail(machine->failure, LL_LIMIT,
					"pickle has more than %d arrays", PICKLE_MAX_ARRAYS);
	if (value->kind == VALUE_ARRAY && value->array->data != NULL)
		return collect(walk, value->array, depth);
	if (value->kind != VALUE_TUPLE && value->kind != VALUE_LIST)
	{
		fail(machine->failure, LL_UNSUPPORTED,
			 "pickle holds something that is not a numpy array");
		fail_detail(machine->failure,
					"Tuples and lists of numpy arrays of numbers are read.");
		return LL_UNSUPPORTED;
	}
	if (depth == PICKLE_MAX_DEPTH)
		return fail(machine->failure, LL_LIMIT,
					"pickle nests tuples and lists deeper than %d",
					PICKLE_MAX_DEPTH);
	cell = value->items.first;
	for (uint32_t i = 0; i < value->items.count; i++)
	{
		walk->path[depth] = (int) i + 1;
		TRY(walk_value(walk, machine->values[cell].cell.value, depth + 1));
		cell = machine->values[cell].cell.next;
	}
	return LL_OK;
}

Status
pickle_parse(const Runtime *runtime, const uint8_t *bytes, size_t length,
			 PickleArrays *arrays, Failure *failure)
{
	Machine machine = {.runtime = runtime, .failure = failure};
	Walk walk = {.machine = &machine, .arrays = arrays};
	Status status;
	Ref result = NO_REF;

	machine.bytes = bytes;
	machine.length = length;
	machine.decode_budget = length;
	arrays->count = 0;
	arrays->arrays = NULL;
	status = run_all(&machine, &result);
	if (status == LL_OK)
		status = walk_value(&walk, result, 0);
	runtime_release(runtime, machine.values);
	runtime_release(runtime, machine.stack.refs);
	runtime_release(runtime, machine.marks.refs);
	runtime_release(runtime, machine.memo.refs);
	return status;
}
