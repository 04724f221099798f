/*
 * s3_settings.h
 *		What the settings of an S3 store may hold.
 */
#ifndef LINLEARN_IO_S3_SETTINGS_H
#define LINLEARN_IO_S3_SETTINGS_H

#include "io/transfer.h"

typedef enum S3Setting
{
	S3_ENDPOINT,
	S3_REGION,
	S3_ACCESS_KEY,
	S3_SECRET_KEY,
	S3_SESSION_TOKEN,
	S3_SETTINGS
} S3Setting;

/* Where a setting is among those of a transfer. */
extern const char **s3_setting(TransferSettings *settings, S3Setting setting);

/*
 * NULL, or a sentence about what a value must be.  One rule for whoever takes
 * a value in and for its use.  An empty or missing value is none.
 */
extern const char *s3_setting_problem(S3Setting setting, const char *value);

/* Checks all settings at their use.  Errors: LL_INVALID; shows no value. */
extern Status s3_check_settings(const TransferSettings *settings,
								Failure *failure);

/*
 * True when a text is of ASCII letters, digits and "-._", does not begin with
 * a dot, and has a length within bounds: a bucket or a region.
 */
extern bool s3_name_is_valid(const char *name, size_t length, size_t minimum,
							 size_t maximum);

#endif
