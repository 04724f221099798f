/*
 * pickle.c
 *		Reader of Python pickles that hold numpy arrays.
 */
#include "formats/pickle.h"

#include <string.h>

#include "formats/pickle_machine.h"

/* Most arrays that a pickle's tuples and lists may name. */
#define PICKLE_MAX_ARRAYS 65536

/* Opcodes between two looks at the interrupt flag. */
#define PICKLE_SLICE 4096

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
		machine->opcode = machine_opcode_name(opcode);
		if (machine->opcode == NULL)
			return fail(machine->failure, LL_MALFORMED,
						"not a pickle: unknown opcode 0x%02x at byte %zu",
						opcode, machine->opcode_offset);
		if (opcode == PICKLE_STOP)
			break;
		TRY(machine_run(machine, opcode));
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
