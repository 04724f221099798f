/*
 * table_start.c
 *		Whether options of columns agree with the model that a training goes on
 *		from.
 */
#include "pg/train/table_start.h"

#include "miscadmin.h"
#include "pg/base/text_encoding.h"
#include "pg/values/column_options.h"

/* Raises the error of an option that the model does not have so. */
static void
refuse(const char *option, const char *name, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("option \"%s\" %s \"%s\", but init_model %s", option,
					strcmp(option, "exclude") == 0 ? "leaves out column"
												   : "asks for column",
					name, what),
			 errdetail("A training that goes on from a model has its "
					   "columns, as they were encoded."),
			 errhint("Leave the option as it was, or train without "
					 "init_model.")));
}

/*
 * Whether a model has a column of a name in the database's encoding, or keys of a
 * jsonb column of that name.  found (may be NULL) is the column, or NULL.
 */
static bool
has_column(const Columns *columns, const char *name, const Column **found)
{
	const char *utf8 = utf8_of_server(name, strlen(name));
	size_t size = strlen(utf8);
	int place = columns_find(columns, utf8, size);

	if (found != NULL)
		*found = place >= 0 ? &columns->columns[place] : NULL;
	for (uint32 i = 0; place < 0 && i < columns->count; i++)
		if (strncmp(columns->columns[i].name, utf8, size) == 0 &&
			columns->columns[i].name[size] == '.')
			return true;
	return place >= 0;
}

/* Whether two texts are the same, or both not there. */
static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Whether two columns are encoded by the same options. */
static bool
same_options(const ColumnOptions *a, const ColumnOptions *b)
{
	return a->min_rows == b->min_rows && a->max_levels == b->max_levels &&
		   a->hash == b->hash && a->buckets == b->buckets &&
		   a->spline == b->spline && a->log == b->log &&
		   a->parts == b->parts && same_text(a->reference, b->reference) &&
		   same_text(a->words, b->words);
}

/* Checks the options of single columns. */
static void
check_encodings(const TableOptions *options, const Columns *columns)
{
	for (uint32 i = 0; i < options->column_count; i++)
	{
		const NamedColumnOptions *named = &options->columns[i];
		const Column *column;
		ColumnOptions wanted;

		CHECK_FOR_INTERRUPTS();
		if (!has_column(columns, named->name, &column))
			refuse("columns", named->name, "has none of that name");
		if (column == NULL)
			continue; /* keys take what fits them */
		column_options_check(named->name, column->kind, &named->options);
		wanted = column_options_of(column->kind, &named->options);
		if (!same_options(&wanted, &column->options))
			refuse("columns", named->name, "has it by other options");
	}
}

/* Whether a piece is the cross of columns of such names. */
static bool
is_cross(const Columns *columns, const Piece *piece, const ColumnCross *cross)
{
	if (piece->kind != PIECE_CROSS || piece->member_count != cross->count)
		return false;
	for (uint32 k = 0; k < cross->count; k++)
	{
		const char *utf8 =
			utf8_of_server(cross->names[k], strlen(cross->names[k]));
		bool member = false;

		for (uint32 i = 0; i < piece->member_count; i++)
		{
			const Piece *of = &columns->pieces[piece->members[i]];

			member |= strcmp(columns->columns[of->column].name, utf8) == 0;
		}
		if (!member)
			return false;
	}
	return true;
}

/* Checks that the crosses are there. */
static void
check_crosses(const TableOptions *options, const Columns *columns)
{
	for (uint32 i = 0; i < options->cross_count; i++)
	{
		bool found = false;

		CHECK_FOR_INTERRUPTS();
		for (uint32 p = 0; p < columns->piece_count && !found; p++)
			found =
				is_cross(columns, &columns->pieces[p], &options->crosses[i]);
		if (!found)
			refuse("cross", options->crosses[i].names[0],
				   "has no such cross of it");
	}
}

/* Whether "include" lists a column, or the jsonb column that it is a key of. */
static bool
is_included(const TableOptions *options, const char *name)
{
	for (uint32 i = 0; i < options->include_count; i++)
	{
		size_t size = strlen(options->include[i]);

		if (strncmp(options->include[i], name, size) == 0 &&
			(name[size] == '\0' || name[size] == '.'))
			return true;
	}
	return false;
}

/* Checks that a role is the same column's as in the model. */
static void
check_role(const TableOptions *options, RowRole role, const char *known)
{
	const char *name = options->roles[role];

	if (same_text(name == NULL ? NULL : utf8_of_server(name, strlen(name)),
				  known))
		return;
	if (known == NULL)
		refuse(row_role_names[role], name, "has no such column");
	known = server_of_utf8(known, strlen(known));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("option \"%s\" must be \"%s\", as init_model has it",
					row_role_names[role], known)));
}

void
table_start_check(const TableOptions *options, const Columns *columns)
{
	for (uint32 i = 0; i < options->exclude_count; i++)
		if (has_column(columns, options->exclude[i], NULL))
			refuse("exclude", options->exclude[i], "was trained with it");
	for (uint32 i = 0; i < options->include_count; i++)
		if (!has_column(columns, options->include[i], NULL))
			refuse("include", options->include[i], "has none of that name");
	for (uint32 i = 0; options->includes && i < columns->count; i++)
	{
		const char *name = columns->columns[i].name;

		name = server_of_utf8(name, strlen(name));
		CHECK_FOR_INTERRUPTS();
		if (!is_included(options, name))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("option \"include\" lacks column \"%s\", which "
							"init_model was trained with",
							name)));
	}
	check_role(options, ROLE_OFFSET, columns->offset);
	check_role(options, ROLE_EXPOSURE, columns->exposure);
	check_encodings(options, columns);
	check_crosses(options, columns);
}
