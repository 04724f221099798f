/*
 * pickle_machine.h
 *		The stack machine inside the pickle reader (not for others).
 *
 * Values live in one vector and are named by their index, so that a vector may
 * move when it grows and a pickle's cycles do no harm.
 */
#ifndef LINLEARN_FORMATS_PICKLE_MACHINE_H
#define LINLEARN_FORMATS_PICKLE_MACHINE_H

#include "formats/pickle.h"

/*
 * Most values that a pickle may make, memo keys included.  An array takes
 * about 40; without a limit each byte of a hostile pickle would cost 50 of
 * memory.
 */
#define PICKLE_MAX_VALUES 262144

typedef uint32_t Ref;

#define NO_REF UINT32_MAX

typedef enum ValueKind
{
	VALUE_NONE,
	VALUE_BOOL,
	VALUE_INTEGER,
	VALUE_BYTES,	/* also a Python 2 string */
	VALUE_TEXT,		/* UTF-8 */
	VALUE_RAW_TEXT, /* Latin-1 with \u escapes, of protocol 0 */
	VALUE_TUPLE,
	VALUE_LIST,
	VALUE_CELL, /* a link of a tuple or list, never on the stack */
	VALUE_GLOBAL,
	VALUE_DTYPE,
	VALUE_ARRAY
} ValueKind;

typedef enum Global
{
	GLOBAL_RECONSTRUCT,
	GLOBAL_FROMBUFFER,
	GLOBAL_NDARRAY,
	GLOBAL_DTYPE,
	GLOBAL_ENCODE,
	GLOBAL_BYTES
} Global;

/* A run of bytes of the pickle, or decoded from it. */
typedef struct Span
{
	const uint8_t *bytes;
	size_t length;
} Span;

typedef struct Value
{
	ValueKind kind;
	union
	{
		int64_t integer;
		Span span;
		struct
		{
			Ref first;
			Ref last;
			uint32_t count;
		} items;
		struct
		{
			Ref value;
			Ref next;
		} cell;
		Global global;
		struct
		{
			NumberType type;
			bool big_endian;
		} dtype;
		NumberArray *array; /* data is NULL until its state comes */
	};
} Value;

/* A vector of references: the stack, the marks, the memo. */
typedef struct RefVector
{
	Ref *refs;
	uint32_t count;
	uint32_t capacity;
} RefVector;

typedef struct Machine
{
	const Runtime *runtime;
	Failure *failure;
	const uint8_t *bytes;
	size_t length;
	size_t offset; /* of the next byte */
	size_t opcode_offset;
	const char *opcode;	  /* name of the present one */
	size_t decode_budget; /* bytes that may yet be decoded into memory */
	Value *values;
	uint32_t value_count;
	uint32_t value_capacity;
	RefVector stack;
	RefVector marks; /* stack heights */
	RefVector memo;	 /* NO_REF: not set */
	uint32_t memo_used;
} Machine;

/* Fails with the opcode's name and offset before the message. */
extern Status machine_fail(Machine *machine, Status status, const char *format,
						   ...) __attribute__((format(printf, 3, 4)));

/* Returns a failed call's status from the function that made the call. */
#define TRY(call)                                                             \
	do                                                                        \
	{                                                                         \
		Status status_ = (call);                                              \
		if (status_ != LL_OK)                                                 \
			return status_;                                                   \
	} while (0)

/* Makes room in a vector; at most PICKLE_MAX_VALUES. */
extern Status machine_reserve(Machine *machine, RefVector *vector,
							  uint32_t needed);

/* Takes the next bytes of the pickle: so many, or a line without its end. */
extern Status machine_take(Machine *machine, uint64_t length, Span *span);
extern Status machine_take_line(Machine *machine, Span *span);

/* Takes a little-endian number of size bytes; bytes with that before them. */
extern Status machine_take_number(Machine *machine, int size,
								  uint64_t *number);
extern Status machine_take_counted(Machine *machine, int size, Span *span);

/* Reads a decimal integer; "L" may follow it. */
extern Status machine_parse_integer(Machine *machine, Span line,
									int64_t *integer);

/* How many values lie below the last mark. */
extern uint32_t machine_floor(const Machine *machine);

/* The opcode that ends a pickle, which machine_run() does not know. */
#define PICKLE_STOP '.'

/* The name of an opcode of protocols 0 to 5, or NULL. */
extern const char *machine_opcode_name(uint8_t opcode);

/* Runs an opcode of the closed list; any other is LL_UNSUPPORTED. */
extern Status machine_run(Machine *machine, uint8_t opcode);

/* Makes a value; pointers to values are void after it. */
extern Status machine_value(Machine *machine, ValueKind kind, Ref *ref);

/* Pushes, pops above the last mark. */
extern Status machine_push(Machine *machine, Ref ref);
extern Status machine_pop(Machine *machine, Ref *ref);

/* The n-th item of a tuple or list, which has more than n. */
extern Ref machine_item(const Machine *machine, Ref sequence, uint32_t n);

/* Compares a value that is a string of any kind. */
extern bool machine_is_string(const Machine *machine, Ref ref,
							  const char *string);

/* Finds a global by its names, calls and builds: numpy's part. */
extern Status numpy_global(Machine *machine, Span module, Span name);
extern Status numpy_reduce(Machine *machine);
extern Status numpy_build(Machine *machine);

/* Decodes the escapes of a Python 2 string of protocol 0. */
extern Status machine_unescape(Machine *machine, Span text, Span *bytes);

/* Turns text into Latin-1 bytes. */
extern Status machine_encode(Machine *machine, const Value *text, Span *bytes);

#endif
