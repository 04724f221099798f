/*
 * drift_bytes.h
 *		What was counted of columns as bytes, on its way between processes.
 */
#ifndef LINLEARN_CORE_COLUMNS_DRIFT_BYTES_H
#define LINLEARN_CORE_COLUMNS_DRIFT_BYTES_H

#include "core/columns/drift.h"

extern size_t drift_bytes_size(const Drift *drift);

/* Writes so many bytes, in the machine's own order. */
extern void drift_bytes_write(const Drift *drift, uint8_t *bytes);

/*
 * Reads them into what was begun for the same columns and has counted nothing;
 * false: no rows give such counts.
 */
extern bool drift_bytes_read(Drift *drift, const uint8_t *bytes, size_t size);

#endif
