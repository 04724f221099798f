/*
 * distributed.h
 *		Trainings on rows that stay where they are, for who asks for more.
 */
#ifndef LINLEARN_PG_CLUSTER_DISTRIBUTED_H
#define LINLEARN_PG_CLUSTER_DISTRIBUTED_H

#include "pg/base/version.h"

#include "pg/cluster/passes.h"
#include "pg/cluster/placement.h"
#include "utils/jsonb.h"

/* The name of a relation as SQL writes it; an error if there is none. */
extern const char *distributed_source(Oid relation);

/*
 * What texts say is read of each row of a source, names of columns or expressions
 * over them, as SQL; with key_expression a key likewise, which may be NULL.  SPI is
 * connected.
 */
extern Reading distributed_read(const char *schema, const char *source,
								const Reading *texts, const char *key,
								const char **key_expression);

/* The type of the labels, a domain's base type.  SPI is connected. */
extern Oid distributed_label_type(const Reading *reading, const char *source);

/*
 * The model of linlearn_train_distributed, made in a memory context that is not
 * SPI's; ends the connection to SPI.
 */
extern Datum distributed_train(FunctionCallInfo fcinfo, Reading *reading,
							   const char *source, const List *leaves,
							   Jsonb *options, MemoryContext context);

#endif
