/*
 * s3_keys.h
 *		Where a session's S3 keys come from.
 */
#ifndef LINLEARN_PG_LOAD_S3_KEYS_H
#define LINLEARN_PG_LOAD_S3_KEYS_H

#include "pg/base/version.h"

#include "io/transfer.h"

/*
 * Sets endpoint, region and keys: all from the current user's mapping for the
 * foreign server linlearn_s3 if there is one, else all from the settings.
 */
extern void set_s3_keys(TransferSettings *settings);

#endif
