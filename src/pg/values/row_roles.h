/*
 * row_roles.h
 *		Columns of a row that are no features: its weight, what its margin has
 *		beside the model's, and what folds go by.
 */
#ifndef LINLEARN_PG_VALUES_ROW_ROLES_H
#define LINLEARN_PG_VALUES_ROW_ROLES_H

#include "pg/base/version.h"

#include "utils/jsonb.h"

typedef enum RowRole
{
	ROLE_WEIGHT,
	ROLE_OFFSET,
	ROLE_EXPOSURE,
	ROLE_FOLD_GROUP,
	ROLE_FOLD_TIME,
	ROLE_COUNT
} RowRole;

/* The options that name such columns. */
extern const char *const row_role_names[ROLE_COUNT];

/* What a row's columns that have a role say. */
typedef struct RowRoles
{
	double weight;	/* NaN: NULL; 1 without a column of it */
	double offset;	/* that and the logarithm of the exposure */
	Datum group;	/* that folds keep together, where the row is ... */
	Oid group_type; /* ... of a base type; invalid: none */
	double time;	/* that folds go forward in; 0 without */
} RowRoles;

/* Roles of a row that has no such columns. */
extern RowRoles row_roles_none(void);

/*
 * Adds what a column's number says; errors for a weight that is NaN, an offset that
 * is not finite, an exposure that is not above 0.
 */
extern void row_roles_take(RowRoles *roles, RowRole role, const char *name,
						   double number);

/* Whether a type has an order in time, or of numbers, that folds can go by. */
extern bool row_roles_are_times(Oid type);

/*
 * Adds what a column says that folds go by, of a base type; errors for what is NaN
 * or infinite.
 */
extern void row_roles_take_fold(RowRoles *roles, RowRole role,
								const char *name, Oid type, Datum value);

/* The same of a value out of JSON; errors for null and for what is no number. */
extern void row_roles_take_json(RowRoles *roles, RowRole role,
								const char *name, const JsonbValue *value);

/* Raises the error of a NULL. */
pg_noreturn extern void row_roles_refuse_null(RowRole role, const char *name);

#endif
