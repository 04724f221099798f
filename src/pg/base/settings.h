/*
 * settings.h
 *		The module's settings (GUCs).
 */
#ifndef LINLEARN_PG_BASE_SETTINGS_H
#define LINLEARN_PG_BASE_SETTINGS_H

#include "pg/base/version.h"

/* Defines them; for _PG_init. */
extern void settings_define(void);

/* linlearn.progress */
typedef enum ProgressMode
{
	PROGRESS_OFF,
	PROGRESS_NOTICE
} ProgressMode;

extern int linlearn_threads;				/* 0: as many as are granted */
extern bool linlearn_parallel_rows;			/* workers may hand rows over */
extern int linlearn_train_mem;				/* kB */
extern int linlearn_progress;				/* ProgressMode */
extern int linlearn_max_download_size;		/* kB, also of what gzip unpacks */
extern int linlearn_url_timeout;			/* ms */
extern char *linlearn_allowed_url_prefixes; /* comma separated */
extern char *linlearn_s3_endpoint;
extern char *linlearn_s3_region;
extern char *linlearn_s3_access_key;
extern char *linlearn_s3_secret_key;
extern char *linlearn_s3_session_token;

#endif
