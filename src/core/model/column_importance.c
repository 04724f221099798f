/*
 * column_importance.c
 *		How far a column of a table moves a model's margins.
 */
#include "core/model/column_importance.h"

/* Whether a row has one of a piece's outcomes. */
static bool
is_exclusive(PieceKind kind)
{
	return kind == PIECE_LEVELS || kind == PIECE_MONTH ||
		   kind == PIECE_WEEKDAY || kind == PIECE_HOUR ||
		   kind == PIECE_BUCKETS || kind == PIECE_CROSS;
}

/* Of a weight of 1 with probability p, w of it: sum p w^2 - (sum p w)^2. */
static double
variance_of_levels(const double *weights, const double *shares, uint32_t count)
{
	double sum = 0.0, squares = 0.0;

	for (uint32_t i = 0; i < count; i++)
	{
		sum += shares[i] * weights[i];
		squares += shares[i] * weights[i] * weights[i];
	}
	return squares > sum * sum ? squares - sum * sum : 0.0;
}

static double
variance_of_terms(const double *weights, const double *deviations,
				  uint32_t count)
{
	double squares = 0.0;

	for (uint32_t i = 0; i < count; i++)
	{
		double part = weights[i] * deviations[i];

		squares += part * part;
	}
	return squares;
}

double
piece_variance(const Model *model, const Piece *piece)
{
	double sum = 0.0;

	for (uint32_t k = 0; k < model->outputs; k++)
	{
		const double *weights =
			model->weights + (size_t) k * model->dimension + piece->first;

		sum += is_exclusive(piece->kind)
				   ? variance_of_levels(weights,
										model->feature_mean + piece->first,
										piece->terms)
				   : variance_of_terms(weights,
									   model->feature_deviation + piece->first,
									   piece->terms);
	}
	return sum / model->outputs;
}
