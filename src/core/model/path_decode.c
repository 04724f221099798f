/*
 * path_decode.c
 *		The paths that a model's penalties were chosen on, out of its bytes.
 */
#include "core/model/path_decode.h"

static WdPoint
take_point(Reader *reader)
{
	WdPoint point = {.wd = reader_take_f64(reader)};

	point.loss = reader_take_f64(reader);
	point.error = reader_take_f64(reader);
	if (!(point.wd >= 0.0))
		reader_refuse(reader, "A wd that was tried is below 0.");
	return point;
}

WdPath *
wd_path_decode(Reader *reader)
{
	WdPath *path = reader_take_array(reader, 1, sizeof(WdPath), 52);

	if (path == NULL)
		return NULL;
	path->choice = (WdChoice) reader_take_enum(reader, WD_CHOICES);
	path->plain = reader_take_enum(reader, 2);
	path->folds = reader_take_u32(reader);
	path->key = (FoldKey) reader_take_enum(reader, FOLD_KEYS);
	path->rows = reader_take_u64(reader);
	path->chosen = take_point(reader);
	path->count = reader_take_u32(reader);
	if (path->count > WD_PATH_MAX)
		reader_refuse(reader, "It tells of too many wd that were tried.");
	for (uint32_t i = 0; i < path->count && !reader->damaged; i++)
		path->points[i] = take_point(reader);
	return path;
}

L1Path *
l1_path_decode(Reader *reader)
{
	L1Path *path = reader_take_array(reader, 1, sizeof(L1Path), 36);

	if (path == NULL)
		return NULL;
	path->rule = (L1PathRule) reader_take_enum(reader, L1_PATH_RULES);
	path->ratio = reader_take_f64(reader);
	path->folds = reader_take_u32(reader);
	path->key = (FoldKey) reader_take_enum(reader, FOLD_KEYS);
	path->rows = reader_take_u64(reader);
	path->chosen = reader_take_u32(reader);
	path->count = reader_take_u32(reader);
	if (path->count > L1_PATH_POINTS || path->chosen >= path->count ||
		!(path->ratio > 0.0 && path->ratio <= 1.0))
	{
		reader_refuse(reader, "Its path of l1 is none.");
		return NULL;
	}
	for (uint32_t i = 0; i < path->count && !reader->damaged; i++)
	{
		path->points[i].lambda = reader_take_f64(reader);
		path->points[i].loss = reader_take_f64(reader);
		path->points[i].error = reader_take_f64(reader);
		path->points[i].nonzero = reader_take_u32(reader);
		if (!(path->points[i].lambda >= 0.0))
			reader_refuse(reader, "An l1 that was tried is below 0.");
	}
	return path;
}
