/*
 * linlearn.c
 *		Module entry.
 */
#include "pg/base/version.h"

#include "pg/base/settings.h"
#include "pg/serve/execution.h"
#include "pg/train/progress.h"

PG_MODULE_MAGIC;

void _PG_init(void);

void
_PG_init(void)
{
	settings_define();
	progress_install();
	execution_install();
}
