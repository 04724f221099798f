/*
 * path.c
 *		The path that a model's l1 was chosen on: linlearn_path and its picture.
 */
#include "pg/look/path.h"

#include "core/train/fold_keys.h"
#include "fmgr.h"
#include "formats/model_pictures.h"
#include "pg/base/json_text.h"
#include "pg/base/result_set.h"
#include "pg/base/runtime.h"
#include "pg/look/pictures.h"
#include "pg/predict/model_cache.h"
#include "utils/builtins.h"

void
path_append_key(StringInfo out, FoldKey key)
{
	if (key != FOLD_KEY_NONE)
		appendStringInfo(out, ", \"folds_by\": \"%s\"", fold_key_names[key]);
}

void
path_append_choice(StringInfo out, const L1Path *path)
{
	const L1Point *chosen = &path->points[path->chosen];

	appendStringInfo(
		out,
		", \"l1_choice\": {\"by\": \"cross-validation\", \"rule\": \"%s\", "
		"\"folds\": %u",
		hyperparameter_table[HP_PATH_RULE].choices[path->rule], path->folds);
	path_append_key(out, path->key);
	appendStringInfo(out, ", \"rows\": " UINT64_FORMAT, (uint64) path->rows);
	json_append_field(out, "l1", chosen->lambda * path->ratio);
	json_append_field(out, "wd", chosen->lambda * (1.0 - path->ratio));
	json_append_field(out, "loss", chosen->loss);
	json_append_field(out, "standard_error", chosen->error);
	appendStringInfo(out, ", \"nonzero\": %u, \"tried\": %u}", chosen->nonzero,
					 path->count);
}

PG_FUNCTION_INFO_V1(linlearn_path);

/* A row a point, by falling penalty; none of a model without a path. */
Datum
linlearn_path(PG_FUNCTION_ARGS)
{
	const L1Path *path = cached_model_of_call(fcinfo)->model.l1_path;
	ReturnSetInfo *result = result_set_begin(fcinfo);

	for (uint32 i = 0; path != NULL && i < path->count; i++)
	{
		const L1Point *point = &path->points[i];
		Datum values[7];
		bool nulls[7] = {false};

		values[0] = Float8GetDatum(point->lambda);
		values[1] = Float8GetDatum(point->lambda * path->ratio);
		values[2] = Float8GetDatum(point->lambda * (1.0 - path->ratio));
		values[3] = Float8GetDatum(point->loss);
		values[4] = Float8GetDatum(point->error);
		values[5] = Int32GetDatum((int32) point->nonzero);
		values[6] = BoolGetDatum(i == path->chosen);
		result_set_put(result, values, nulls);
	}
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(linlearn_path_svg);

/* Draw the losses of the path. */
Datum
linlearn_path_svg(PG_FUNCTION_ARGS)
{
	const Model *model = &cached_model_of_call(fcinfo)->model;
	Runtime runtime = pg_runtime(CurrentMemoryContext);
	SvgTheme theme;
	Failure failure;
	Markup markup;
	Status status = svg_theme_find(
		utf8_text(text_to_cstring(PG_GETARG_TEXT_PP(1))), &theme, &failure);

	CHECK_STATUS(status, failure);
	if (model->l1_path == NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("model has no path"),
						errhint("Train with \"l1\": \"path\".")));
	markup_init(&markup, &runtime);
	status = model_draw_path(&markup, model, theme, true, &failure);
	CHECK_STATUS(status, failure);
	PG_RETURN_TEXT_P(markup_to_text(&markup));
}
