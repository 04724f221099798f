/*
 * linlearn.h
 *		The module's settings (GUCs) and the one place for differences between
 *		PostgreSQL versions.
 */
#ifndef LINLEARN_H
#define LINLEARN_H

#include "postgres.h"

#include "fmgr.h"

#if PG_VERSION_NUM < 130000
#error "linlearn needs PostgreSQL 13 or later"
#endif

#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* linlearn.progress */
typedef enum ProgressMode
{
	PROGRESS_OFF,
	PROGRESS_NOTICE
} ProgressMode;

extern int linlearn_threads;				/* 0: as many as are granted */
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
