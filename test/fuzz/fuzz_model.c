/*
 * fuzz_model.c
 *		Any bytes as a model: an error, or a model that can score a row, show
 *		its settings and be written again, and whose columns can be looked up,
 *		named, and encode rows.
 *
 * The checksum is made right first, or else it would guard everything behind it.
 * For the same reason, most changes are made within one section, whose length
 * stays right.
 */
#include <stdlib.h>
#include <string.h>

#include "core/columns/encoder.h"
#include "core/columns/term_names.h"
#include "core/model/model.h"
#include "core/model/predict.h"

#define HEADER_SIZE 16
#define SECTION_HEADER_SIZE 16
#define MOST_SCORED (1 << 20)
#define MOST_SECTIONS 32

/* libFuzzer's own changes of bytes. */
extern size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

/* CRC-32C (Castagnoli), a bit at a time. */
static uint32_t
crc32c(const uint8_t *bytes, size_t size)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < size; i++)
	{
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? (crc >> 1) ^ 0x82f63b78u : crc >> 1;
	}
	return ~crc;
}

/* Scores a row of zeros: what a reader accepted must be usable. */
static void
score(const Model *model, const Runtime *runtime)
{
	Predictor predictor;
	Failure failure;
	double *margins;
	RowView row = {0};

	if ((uint64_t) model->dimension * model->outputs > MOST_SCORED ||
		predictor_init(&predictor, model, runtime, &failure) != LL_OK)
		return;
	margins = runtime_allocate_zero(runtime, model->outputs, sizeof(double));
	row.dense =
		runtime_allocate_zero(runtime, model->dimension, sizeof(float));
	predictor_margins(&predictor, ROWS_F32, &row, margins);
	predictor_scores(&predictor, margins);
	if (model->predictor != PREDICTOR_REGRESSOR &&
		predictor_class(&predictor, margins) >= model->label_count)
		abort();
}

/* Shows a candidate's settings, as those who look at a model do. */
static void
show(const Hyperparameters *settings)
{
	char text[256];

	for (int row = 0; row < HP_COUNT; row++)
	{
		(void) hyperparameters_used(settings, (Hyperparameter) row);
		(void) hyperparameters_idle(settings, (Hyperparameter) row, text,
									sizeof(text));
		hyperparameters_format((Hyperparameter) row, settings->value[row],
							   text, sizeof(text));
	}
}

/* Finds every level, and the piece of every term. */
static void
look_up(const Columns *columns)
{
	for (uint32_t i = 0; i < columns->count; i++)
	{
		const char *name = columns->columns[i].name;

		if (columns_find(columns, name, strlen(name)) != (int) i)
			abort();
	}
	for (uint32_t p = 0; p < columns->piece_count; p++)
	{
		const Piece *piece = &columns->pieces[p];

		for (uint32_t i = 0; i < piece->level_count; i++)
			if (piece_find_level(piece, piece->levels[i].bytes,
								 piece->levels[i].size) != i)
				abort();
		if (piece->terms > 0 &&
			(columns_piece_of(columns, piece->first) != piece ||
			 columns_piece_of(columns, piece->first + piece->terms - 1) !=
				 piece))
			abort();
	}
}

/* Terms that are named, and cells a column, of a model that may have many. */
#define MOST_NAMED 256
#define CELL_PARTS 3

/* Elements that cells have: few, in their order, of counts that may not fit. */
static const double some_numbers[CELL_PARTS] = {-1e308, 0.5, 1e308};
static const uint32_t some_indexes[CELL_PARTS] = {0, 2, UINT32_MAX};

/* The bytes of a level that a piece of the column has, or others. */
static const char *
level_of(const Columns *columns, uint32_t column, unsigned round,
		 uint32_t *size)
{
	for (uint32_t p = 0; p < columns->piece_count && round % 2 == 0; p++)
	{
		const Piece *piece = &columns->pieces[p];

		if (piece->column == column && piece->kind != PIECE_CROSS &&
			piece->level_count > 0)
		{
			*size = piece->levels[round % piece->level_count].size;
			return piece->levels[round % piece->level_count].bytes;
		}
	}
	*size = round % 5;
	return "\xffnever";
}

/* Makes cells: NULLs, large and small numbers, known levels and others. */
static void
fill_cells(const Columns *columns, unsigned round, Cell *cells,
		   CellWord *words)
{
	for (uint32_t i = 0; i < columns->count; i++)
	{
		Cell *cell = &cells[i];

		memset(cell, 0, sizeof(*cell));
		cell->null = (round + i) % 4 == 3;
		cell->number = columns->columns[i].kind == COLUMN_FLAG
						   ? round % 2
						   : (i % 3 == 0 ? 1e6 : 0.5) * ((int) round - 3);
		cell->bytes = level_of(columns, i, round, &cell->size);
		words[2 * i] = (CellWord){cell->bytes, cell->size, 0, 2.0f};
		words[2 * i + 1] = (CellWord){"never", 5, 0, 1.0f};
		cell->words = &words[2 * i];
		cell->numbers = some_numbers;
		cell->indexes = some_indexes;
		cell->count = columns->columns[i].kind == COLUMN_WORDS ||
							  columns->columns[i].kind == COLUMN_SET
						  ? round % 3
						  : round % (CELL_PARTS + 1);
	}
}

/* Whether what is encoded lies within the model. */
static void
check_row(const Model *model, const RowView *view)
{
	if (model->format != ROWS_SPARSE)
		return;
	for (uint32_t i = 0; i < view->count; i++)
		if (view->index[i] >= model->dimension ||
			(i > 0 && view->index[i] <= view->index[i - 1]))
			abort();
}

/* Encodes and scores some rows; widths that do not fit are errors. */
static void
encode_rows(const Model *model, const Runtime *runtime)
{
	const Columns *columns = model->columns;
	Encoder encoder;
	Predictor predictor;
	RowView view;
	Failure failure;
	Cell *cells =
		runtime_allocate_zero(runtime, columns->count + 1, sizeof(Cell));
	CellWord *words = runtime_allocate_zero(
		runtime, 2 * (size_t) columns->count + 2, sizeof(CellWord));
	double *margins =
		runtime_allocate_zero(runtime, model->outputs, sizeof(double));

	if ((uint64_t) model->dimension * model->outputs > MOST_SCORED ||
		encoder_init(&encoder, columns, model->format, runtime, &failure) !=
			LL_OK ||
		predictor_init(&predictor, model, runtime, &failure) != LL_OK)
		return;
	for (unsigned round = 0; round < 8; round++)
	{
		fill_cells(columns, round, cells, words);
		if (encoder_encode(&encoder, cells, &view, &failure) != LL_OK)
			continue;
		check_row(model, &view);
		predictor_margins(&predictor, model->format, &view, margins);
	}
}

/* Names terms, and the levels that rows may have without one. */
static void
name_terms(const Columns *columns, const Runtime *runtime)
{
	TermNames names;
	TermText text;
	Failure failure;
	bool none;

	if (columns->width > MOST_SCORED ||
		term_names_init(&names, columns, runtime, &failure) != LL_OK)
		return;
	term_text_init(&text, runtime);
	for (uint32_t i = 0; i < columns->width && i < MOST_NAMED; i++)
	{
		(void) term_name(&names, i, &text);
		(void) term_column(&names, i, &text);
		(void) term_level(&names, i, &text, &none);
		(void) term_rows(&names, i);
	}
	for (uint32_t p = 0; p < columns->piece_count && p < MOST_NAMED; p++)
	{
		const Piece *piece = &columns->pieces[p];

		if (!piece_has_levels(piece->kind))
			continue;
		term_text_clear(&text);
		(void) term_add_place(&names, piece, 0, &text, &none);
		(void) term_add_place(&names, piece, LEVEL_OTHER(piece), &text, &none);
		(void) term_add_place(&names, piece, LEVEL_NULL(piece), &text, &none);
	}
}

/* Columns that were read are written, and those read again, the same. */
static void
write_again(const Model *model, const Runtime *runtime)
{
	Model bare = {.predictor = PREDICTOR_REGRESSOR, .outputs = 1}, read = bare;
	uint8_t *bytes, *again;
	size_t size, again_size;
	Failure failure;

	bare.format = model->format;
	bare.byte_unit = 1.0;
	bare.dimension = model->dimension;
	bare.weights = model->weights;
	bare.bias = model->bias;
	bare.feature_mean = model->feature_mean;
	bare.feature_deviation = model->feature_deviation;
	bare.columns = model->columns;
	hyperparameters_init(&bare.settings);
	if (model_encode(&bare, runtime, &bytes, &size, &failure) != LL_OK ||
		model_decode(bytes, size, runtime, &read, &failure) != LL_OK ||
		model_encode(&read, runtime, &again, &again_size, &failure) != LL_OK ||
		size != again_size || memcmp(bytes, again, size) != 0)
		abort();
}

/* Where the payload of a section that the seed chooses begins, and its length. */
static uint8_t *
choose_section(uint8_t *data, size_t size, unsigned seed, uint64_t *length)
{
	uint8_t *found[MOST_SECTIONS];
	uint64_t lengths[MOST_SECTIONS];
	size_t count = 0, at = HEADER_SIZE;

	while (at + SECTION_HEADER_SIZE <= size && count < MOST_SECTIONS)
	{
		memcpy(&lengths[count], data + at + 8, sizeof(*lengths));
		if (lengths[count] > size - at - SECTION_HEADER_SIZE)
			break;
		found[count] = data + at + SECTION_HEADER_SIZE;
		at += SECTION_HEADER_SIZE + (size_t) ((lengths[count] + 7) & ~7ull);
		count++;
	}
	if (count == 0)
		return NULL;
	/* Every other time the last one, which columns are. */
	count = seed % 2 == 0 ? count - 1 : seed / 2 % count;
	*length = lengths[count];
	return found[count];
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
						unsigned seed)
{
	uint64_t before, after;
	uint8_t *payload = choose_section(data, size, seed / 8, &before);
	size_t old, new, rest;
	uint8_t *changed;

	if (payload == NULL || seed % 8 == 0 || size > max_size)
		return LLVMFuzzerMutate(data, size, max_size);
	changed = calloc(1, (size_t) before + max_size - size + 8);
	memcpy(changed, payload, (size_t) before);
	after = LLVMFuzzerMutate(changed, (size_t) before,
							 (size_t) before + (max_size - size) / 8 * 8);
	old = (size_t) ((before + 7) & ~7ull);
	new = (size_t) ((after + 7) & ~7ull);
	if (old > size - (size_t) (payload - data))
		old = size - (size_t) (payload - data);
	rest = size - (size_t) (payload - data) - old;
	if (size - old + new > max_size)
		new = old;
	else
	{
		memmove(payload + new, payload + old, rest);
		memset(payload, 0, new);
		memcpy(payload, changed, (size_t) after);
		memcpy(payload - 8, &after, sizeof(after));
	}
	free(changed);
	return size - old + new;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Failure failure;
	Model model;
	uint8_t *bytes = runtime_allocate(&runtime, size);
	uint8_t *again;
	size_t again_size;

	memcpy(bytes, data, size);
	if (size >= HEADER_SIZE)
	{
		uint32_t crc = crc32c(bytes + HEADER_SIZE, size - HEADER_SIZE);

		memcpy(bytes + 8, &crc, sizeof(crc));
	}
	if (model_decode(bytes, size, &runtime, &model, &failure) == LL_OK)
	{
		score(&model, &runtime);
		show(&model.settings);
		for (uint32_t i = 0; i < model.trial_count; i++)
			show(&model.trials[i].settings);
		if (model_encode(&model, &runtime, &again, &again_size, &failure) !=
			LL_OK)
			abort();
		if (model.columns != NULL)
		{
			look_up(model.columns);
			name_terms(model.columns, &runtime);
			encode_rows(&model, &runtime);
			write_again(&model, &runtime);
		}
	}
	malloc_arena_free(&arena);
	return 0;
}
