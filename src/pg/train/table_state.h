/*
 * table_state.h
 *		What the state of a training keeps of a table's columns.
 */
#ifndef LINLEARN_PG_TRAIN_TABLE_STATE_H
#define LINLEARN_PG_TRAIN_TABLE_STATE_H

#include "core/columns/plan.h"
#include "pg/predict/model_cache.h"
#include "pg/values/record_reader.h"

struct TableState
{
	TableOptions options;
	RecordReader *reader; /* NULL in what a worker handed over */
	CellStore store;
	CachedModel *init; /* a model to go on from; NULL: none */
	Plan *plan;		   /* once encoded */
	Model *start;	   /* init with the plan's terms */
	/* Handed over by a worker: */
	Column *handed; /* [store.count] */
	uint32 *place;	/* [store.count] in the state that takes them over */
	uint32 **codes; /* [store.count][levels] likewise */
	void *record;	/* aligned */
	Size record_room;
};

#endif
