/*
 * endpoint.h
 *		The models behind endpoints' names, decoded once a session.
 *
 * Whose rights count: the row of linlearn_endpoints is read with the caller's
 * own (GRANT and row-level security), the row of linlearn_models with those of
 * that table's owner.  So whoever may see an endpoint may predict with it,
 * without being able to read any model; and who points an endpoint to a model
 * must be able to read that model (a trigger sees to it).  An explanation shows
 * what is in a model: who asks for one must be able to read it.
 */
#ifndef LINLEARN_PG_SERVE_ENDPOINT_H
#define LINLEARN_PG_SERVE_ENDPOINT_H

#include "pg/base/version.h"

#include "pg/predict/model_cache.h"

/*
 * Finds the model of an endpoint as the active snapshot shows it.  It stays
 * until endpoint_generation() changes, at the earliest in the next call of
 * this function.  Errors: no such endpoint (or none that the caller may see),
 * no such model.
 */
extern CachedModel *endpoint_model(Oid schema, const char *name);

/*
 * Raises an error if the caller may not read the model of an endpoint himself:
 * for what tells more of a model than its predictions.
 */
extern void endpoint_need_model(Oid schema, const char *name);

/* Changes whenever a model that endpoint_model() gave out is let go. */
extern uint64 endpoint_generation(void);

/*
 * Whether an endpoint's model may be used again for the next row: not where a
 * policy says who sees which rows of the registry.
 */
extern bool endpoint_may_be_kept(Oid schema);

#endif
