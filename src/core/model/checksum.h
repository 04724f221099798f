/*
 * checksum.h
 *		A model's checksum, and what follows from its parts.
 */
#ifndef LINLEARN_CORE_MODEL_CHECKSUM_H
#define LINLEARN_CORE_MODEL_CHECKSUM_H

#include "core/model/model.h"

/* CRC-32C (Castagnoli); wrong when interrupted. */
extern uint32_t model_crc32c(const uint8_t *bytes, size_t size,
							 const Runtime *runtime);

/*
 * Degrees of freedom of the standard errors: rows less weights for least
 * squares, whose variance they estimate too; else infinite, or NaN where there
 * are no standard errors.
 */
extern double model_degrees(const Model *model);

/* The CRC-32C that the header holds, without checking it; 0 if too short. */
extern uint32_t model_checksum(const uint8_t *bytes, size_t size);

#endif
