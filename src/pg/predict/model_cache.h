/*
 * model_cache.h
 *		Models decoded once and kept for as long as a function is called.
 */
#ifndef LINLEARN_PG_PREDICT_MODEL_CACHE_H
#define LINLEARN_PG_PREDICT_MODEL_CACHE_H

#include "pg/base/version.h"

#include "core/model/predict.h"
#include "pg/values/features.h"

/* What reads labels given beside a model (model_labels.c). */
typedef struct LabelMatcher LabelMatcher;

/* What reads rows of a table for a model of such rows (cached_table.c). */
typedef struct CachedTable CachedTable;

/* What intervals keep from row to row (interval.c). */
typedef struct IntervalState IntervalState;

/* A decoded model in a memory context of its own. */
typedef struct CachedModel
{
	MemoryContext context;
	Model model;
	Predictor predictor;
	double *margins; /* [outputs], to compute in */
	uint32 class;	 /* of the row scored last, by a classifier */
	double offset;	 /* of the row encoded last, beside the margin; else 0 */
	LabelMatcher *matcher;	 /* NULL before the first label */
	CachedTable *table;		 /* NULL: the model is one of arrays */
	IntervalState *interval; /* NULL before the first interval */
} CachedModel;

/* Decodes a model into a new context below parent; errors for bad bytes. */
extern CachedModel *cached_model_create(struct varlena *bytes,
										MemoryContext parent);

/*
 * The model of argument 0, decoded once as long as all models of the call site
 * fit into work_mem and are no more than some hundred; of more, those asked for
 * last are kept.  It lasts until the next call.  Uses fn_extra.
 */
extern CachedModel *cached_model_of_call(FunctionCallInfo fcinfo);

/* Why a model has no standard errors, which may name levels, as a server's text. */
extern const char *inference_reason_text(const Model *model);

/* Scores of a row that has the model's width, or is sparse within it. */
extern const double *cached_model_answer(CachedModel *cached, RowFormat format,
										 const RowView *row);

/* What is predicted for such a row: a regressor's number, or the label's. */
extern double cached_model_prediction(CachedModel *cached, RowFormat format,
									  const RowView *row);
extern text *cached_model_prediction_text(CachedModel *cached,
										  RowFormat format,
										  const RowView *row);

/*
 * Scores of one row: features of the given argument.  Errors for features of
 * another type, width or with NULL, NaN or infinite elements.
 */
extern const double *cached_model_score(FunctionCallInfo fcinfo,
										CachedModel *cached, int argument);

/* The row itself, likewise: it lasts until the next. */
extern void cached_model_row(FunctionCallInfo fcinfo, CachedModel *cached,
							 int argument, RowFormat *format, RowView *row);

/* The row that the fields after the model and their names are, likewise. */
extern void cached_model_row_of_fields(FunctionCallInfo fcinfo,
									   CachedModel *cached, RowFormat *format,
									   RowView *row);

/*
 * The class of a label of a call site's type, as linlearn_label_text reads it; -1:
 * the model has no such class.
 */
extern int cached_model_class(CachedModel *cached, Oid type, Datum label);

#endif
