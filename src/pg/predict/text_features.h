/*
 * text_features.h
 *		Features that came as a text: what drivers send where they know no type.
 */
#ifndef LINLEARN_PG_PREDICT_TEXT_FEATURES_H
#define LINLEARN_PG_PREDICT_TEXT_FEATURES_H

#include "pg/predict/model_cache.h"

/*
 * Features of an argument of some type: those of a text, json, or jsonb that is
 * no row for the model become an array of the model's (double precision[]), bytea
 * or jsonb, which *type then is.  Others stay as they are.
 */
extern Datum plain_features(const CachedModel *cached, Datum value, Oid *type);

#endif
