/*
 * magnitude_warning.c
 *		Warnings of rows that must be in another unit than a model's.
 */
#include "pg/predict/magnitude_warning.h"

#include "access/xact.h"
#include "core/rows/magnitude.h"

/* Warnings of one statement that are not said again. */
#define SAID_COUNT 16

/*
 * Whether a statement has said this of rows of a model: a loop or a report has
 * a call site for each of its queries.  Beyond so many models it says no more.
 */
static bool
said_before(const MagnitudeRange *known, bool large)
{
	static struct
	{
		MagnitudeRange known;
		bool large;
	} said[SAID_COUNT];
	static int count = 0;
	static TimestampTz statement = 0;

	if (statement != GetCurrentStatementStartTimestamp())
		count = 0;
	statement = GetCurrentStatementStartTimestamp();
	for (int i = 0; i < count; i++)
		if (said[i].known.least == known->least &&
			said[i].known.largest == known->largest && said[i].large == large)
			return true;
	if (count == SAID_COUNT)
		return true;
	said[count].known = *known;
	said[count++].large = large;
	return false;
}

/* Warns of rows of a magnitude that a model does not know. */
static void
warn(const Model *model, const char *trained, double magnitude)
{
	const MagnitudeRange *known = &model->magnitudes;

	if (said_before(known, magnitude > known->largest))
		return;
	ereport(
		WARNING,
		(errcode(ERRCODE_WARNING),
		 errmsg("features are not of the magnitude that %s was trained on",
				trained),
		 errdetail("The largest of a row has size %g; in the training rows "
				   "that was %g to %g.",
				   magnitude, known->least, known->largest),
		 errhint("Give features in the unit of the training rows. A byte "
				 "of bytea counts %s; other numbers are taken as they are.",
				 model->byte_unit == 1.0 ? "1" : "1/256")));
}

void
warn_of_magnitude(const CachedModel *cached, RowFormat format,
				  const RowView *row, bool *warned)
{
	double magnitude;

	if (*warned || !row_is_outlandish(&cached->model, format, row, &magnitude))
		return;
	*warned = true;
	warn(&cached->model, "the model", magnitude);
}

void
warn_of_other_unit(const Model *start, const Model *model)
{
	/* with those of the start, which are not far from themselves */
	MagnitudeRange all = model->magnitudes;

	if (start->format == ROWS_U8 && model->format == ROWS_U8)
		return;
	if (magnitude_is_outlandish(start->magnitudes, all.largest))
		warn(start, "init_model", all.largest);
	else if (magnitude_is_outlandish(start->magnitudes, all.least))
		warn(start, "init_model", all.least);
}
