/*
 * moment.h
 *		Parts of a moment, which is days since 2000-01-01 00:00 UTC.
 */
#ifndef LINLEARN_CORE_COLUMNS_MOMENT_H
#define LINLEARN_CORE_COLUMNS_MOMENT_H

#include "core/columns/columns.h"

/*
 * The part of a moment that a piece takes: PIECE_MONTH 1 to 12, PIECE_WEEKDAY 1
 * (Monday) to 7, PIECE_HOUR 0 to 23, in the proleptic Gregorian calendar.
 */
extern uint32_t moment_part(PieceKind kind, double days);

#endif
