/*
 * pickle_machine.c
 *		The pickle reader's stack, values and bytes.
 */
#include "formats/pickle_machine.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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

Status
machine_reserve(Machine *machine, RefVector *vector, uint32_t needed)
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
	TRY(machine_reserve(machine, &machine->stack, machine->stack.count + 1));
	machine->stack.refs[machine->stack.count++] = ref;
	return LL_OK;
}

uint32_t
machine_floor(const Machine *machine)
{
	const RefVector *marks = &machine->marks;

	return marks->count > 0 ? marks->refs[marks->count - 1] : 0;
}

Status
machine_pop(Machine *machine, Ref *ref)
{
	if (machine->stack.count <= machine_floor(machine))
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

Status
machine_take(Machine *machine, uint64_t length, Span *span)
{
	if (length > machine->length - machine->offset)
		return machine_fail(
			machine, LL_MALFORMED, "%llu bytes claimed, but only %zu are left",
			(unsigned long long) length, machine->length - machine->offset);
	*span = (Span){machine->bytes + machine->offset, (size_t) length};
	machine->offset += (size_t) length;
	return LL_OK;
}

Status
machine_take_number(Machine *machine, int size, uint64_t *number)
{
	Span span = {0};

	TRY(machine_take(machine, (uint64_t) size, &span));
	*number = 0;
	for (int i = size - 1; i >= 0; i--)
		*number = *number << 8 | span.bytes[i];
	return LL_OK;
}

Status
machine_take_counted(Machine *machine, int size, Span *span)
{
	uint64_t length = 0;

	TRY(machine_take_number(machine, size, &length));
	return machine_take(machine, length, span);
}

Status
machine_take_line(Machine *machine, Span *span)
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

Status
machine_parse_integer(Machine *machine, Span line, int64_t *integer)
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
