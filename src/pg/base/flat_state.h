/*
 * flat_state.h
 *		Aggregate states without pointers: their combine, serial and deserial
 *		functions.
 *
 * A flat state begins with its magic, as aggregate_state() wants it.
 */
#ifndef LINLEARN_PG_BASE_FLAT_STATE_H
#define LINLEARN_PG_BASE_FLAT_STATE_H

#include "pg/base/version.h"

/* Adds a state to another of its kind. */
typedef void (*FlatStateMerge)(void *into, const void *from);

/* Combines the states of arguments 0 and 1: the datum to return, or NULL. */
extern Datum flat_state_combine(FunctionCallInfo fcinfo, uint32 magic,
								Size size, FlatStateMerge merge);

/* The bytes of argument 0 for another process. */
extern Datum flat_state_serialize(FunctionCallInfo fcinfo, uint32 magic,
								  Size size);

/* A copy of what flat_state_serialize wrote; an error for other bytes. */
extern void *flat_state_deserialize(FunctionCallInfo fcinfo, uint32 magic,
									Size size);

#endif
