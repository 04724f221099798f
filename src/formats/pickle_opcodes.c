/*
 * pickle_opcodes.c
 *		The pickle reader's opcodes: a closed list.
 */
#include "formats/pickle_machine.h"

#include <string.h>

/* The opcodes that are read; the others are in the table of names only. */
enum
{
	OP_MARK = '(',
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

	TRY(machine_take_line(machine, &line));
	TRY(machine_parse_integer(machine, line, &integer));
	if (line.length == 2 && line.bytes[0] == '0')
		return push_integer(machine, VALUE_BOOL, integer);
	return push_integer(machine, VALUE_INTEGER, integer);
}

/* BININT, BININT1, BININT2: only the first is signed. */
static Status
run_binary_integer(Machine *machine, int size)
{
	uint64_t number;

	TRY(machine_take_number(machine, size, &number));
	return push_integer(machine, VALUE_INTEGER,
						size == 4 ? (int32_t) number : (int64_t) number);
}

/* LONG1, LONG4: two's complement of any length, here up to eight bytes. */
static Status
run_binary_long(Machine *machine, int size)
{
	Span span = {0};
	uint64_t number = 0;

	TRY(machine_take_counted(machine, size, &span));
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

	TRY(machine_take_line(machine, &line));
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

	TRY(machine_take_counted(machine, size, &span));
	return push_span(machine, kind, span);
}

/* UNICODE: a line. */
static Status
run_unicode(Machine *machine)
{
	Span line = {0};

	TRY(machine_take_line(machine, &line));
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

	if (machine->stack.count - machine_floor(machine) < count)
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

	if (height <= machine_floor(machine) || height > machine->stack.count)
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

	if (machine->stack.count <= machine_floor(machine))
		return machine_fail(machine, LL_MALFORMED, "the stack is empty");
	if (key >= PICKLE_MAX_VALUES)
		return machine_fail(machine, LL_LIMIT,
							"memo key %llu, allowed are up to %d",
							(unsigned long long) key, PICKLE_MAX_VALUES - 1);
	TRY(machine_reserve(machine, memo, (uint32_t) key + 1));
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
		TRY(machine_take_number(machine, size, &key));
		return action(machine, key);
	}
	TRY(machine_take_line(machine, &line));
	TRY(machine_parse_integer(machine, line, &integer));
	return action(machine, (uint64_t) integer);
}

/* GLOBAL: module and name on a line each. */
static Status
run_global(Machine *machine)
{
	Span module = {0};
	Span name = {0};

	TRY(machine_take_line(machine, &module));
	TRY(machine_take_line(machine, &name));
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
		machine->stack.count == machine_floor(machine))
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

	TRY(machine_reserve(machine, marks, marks->count + 1));
	marks->refs[marks->count++] = machine->stack.count;
	return LL_OK;
}

static Status
run_proto(Machine *machine)
{
	uint64_t version = 0;

	TRY(machine_take_number(machine, 1, &version));
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

	TRY(machine_take_number(machine, 8, &length));
	start = machine->offset;
	TRY(machine_take(machine, length, &frame));
	machine->offset = start;
	return LL_OK;
}

const char *
machine_opcode_name(uint8_t opcode)
{
	return opcode_names[opcode];
}

Status
machine_run(Machine *machine, uint8_t opcode)
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
	if (strcmp(machine->opcode, "EMPTY_DICT") == 0 ||
		strcmp(machine->opcode, "DICT") == 0)
		machine_fail(machine, LL_UNSUPPORTED, "a pickled dict is not read");
	else
		machine_fail(machine, LL_UNSUPPORTED, "this opcode is not allowed");
	fail_detail(machine->failure, "Only tuples and lists of numpy arrays are "
								  "read; nothing is ever executed.");
	return LL_UNSUPPORTED;
}
