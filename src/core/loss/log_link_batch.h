/*
 * log_link_batch.h
 *		Losses and derivatives of whole batches, of losses with a log link.
 */
#ifndef LINLEARN_CORE_LOSS_LOG_LINK_BATCH_H
#define LINLEARN_CORE_LOSS_LOG_LINK_BATCH_H

/* Elements of a batch, laid out flat. */
typedef struct LogLinkBlock
{
	const float *margin;
	const float *target;
	const float *parameter;
	float *derivative;
	double *loss;
} LogLinkBlock;

/* Fill derivatives and losses of so many elements. */
extern void poisson_kernel(const LogLinkBlock *block, int count);
extern void gamma_kernel(const LogLinkBlock *block, int count);
extern void tweedie_kernel(const LogLinkBlock *block, int count);

#endif
