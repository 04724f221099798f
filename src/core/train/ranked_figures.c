/*
 * ranked_figures.c
 *		What the scores of a binary model's rows say of it.
 */
#include "core/train/ranked_figures.h"

#include <math.h>
#include <string.h>

#include "core/base/portable_math.h"
#include "core/model/predict.h"
#include "core/train/metric_list.h"

/* Rows that a task works on, and tasks between two looks at interrupts. */
#define TASK_ROWS 256
#define TASKS 64

/* Rows that tasks turn to scores together. */
typedef struct ScoreTasks
{
	ScoredRow *scored; /* the first of them */
	size_t count;
	Predictor scorer;
	double margin;				 /* positive is called what is above it */
	uint64_t before[TASKS];		 /* key of the margin before each task's */
	bool first;					 /* of all rows: none is before */
	bool moved[TASKS];			 /* ranks of scores are not those of margins */
	double weights[TASKS][2][2]; /* by what is said, and by what is */
	double terms[TASKS * TASK_ROWS];
} ScoreTasks;

/* Turns a task's margins to scores; tells whether ranks change. */
static bool
score_rows(const ScoreTasks *tasks, size_t task, ScoredRow *rows, size_t n)
{
	double scores[TASK_ROWS + 1];
	uint64_t margin = tasks->before[task], score;
	bool moved = false, alone = tasks->first && task == 0;

	scores[n] = key_to_score(alone ? rows[0].key : margin);
	for (size_t i = 0; i < n; i++)
		scores[i] = key_to_score(rows[i].key);
	predictor_binary_scores(&tasks->scorer, scores, n + 1);
	score = score_to_key(scores[n]);
	if (alone)
		margin = rows[0].key;
	for (size_t i = 0; i < n; i++)
	{
		uint64_t next = score_to_key(scores[i]);

		moved |= next < score || (next == score) != (rows[i].key == margin);
		margin = rows[i].key;
		rows[i].key = score = next;
	}
	return moved;
}

/* Counts a task's decisions, and scores them as terms of the log loss. */
static void
run_task(void *argument, size_t index)
{
	ScoreTasks *tasks = argument;
	size_t first = index * TASK_ROWS, left = tasks->count - first;
	size_t n = left < TASK_ROWS ? left : TASK_ROWS;
	ScoredRow *rows = tasks->scored + first;
	double *terms = tasks->terms + first;
	double weights[2][2] = {{0.0}};

	for (size_t i = 0; i < n; i++)
		weights[key_to_score(rows[i].key) > tasks->margin]
			   [rows[i].with.number > 0] += fabs(rows[i].with.number);
	memcpy(tasks->weights[index], weights, sizeof(weights));
	tasks->moved[index] = score_rows(tasks, index, rows, n);
	for (size_t i = 0; i < n; i++)
	{
		double score = clip_probability(key_to_score(rows[i].key));

		terms[i] = rows[i].with.number > 0 ? score : 1.0 - score;
	}
	portable_logs(terms, n);
	for (size_t i = 0; i < n; i++)
		terms[i] *= fabs(rows[i].with.number);
}

/* Keeps the margins before the tasks' rows, which turn to scores meanwhile. */
static void
keep_margins(ScoreTasks *tasks, uint64_t before)
{
	for (size_t first = 0; first < tasks->count; first += TASK_ROWS)
		tasks->before[first / TASK_ROWS] =
			first == 0 ? before : tasks->scored[first - 1].key;
}

/* Scores all rows; whether their ranks stay those of the margins. */
static bool
score_all(Problem *problem, ScoreTasks *tasks, size_t n, double weights[2][2],
		  double *log_loss)
{
	ScoredRow *scored = tasks->scored;
	uint64_t before = 0, last;
	bool moved = false;
	double sum = 0.0;

	for (size_t place = 0; place < n; place += tasks->count)
	{
		size_t most = TASK_ROWS * TASKS;
		size_t count;

		if (runtime_interrupted(&problem->runtime))
			break;
		tasks->scored = scored + place;
		tasks->count = n - place < most ? n - place : most;
		tasks->first = place == 0;
		keep_margins(tasks, before);
		last = tasks->scored[tasks->count - 1].key;
		count = (tasks->count + TASK_ROWS - 1) / TASK_ROWS;
		threads_run(problem->pool, run_task, tasks, count);
		for (size_t t = 0; t < count; t++)
		{
			moved |= tasks->moved[t];
			for (int said = 0; said < 2; said++)
				for (int is = 0; is < 2; is++)
					weights[said][is] += tasks->weights[t][said][is];
		}
		for (size_t i = 0; i < tasks->count; i++)
			sum -= tasks->terms[i];
		before = last;
	}
	*log_loss = sum;
	return !moved;
}

void
ranked_figures(Problem *problem, const Candidate *candidate, ScoredRow *scored,
			   size_t n, double weight, const RankedAreas *ranked,
			   MetricFacts *facts)
{
	Model model = metric_scorer(candidate);
	ScoreTasks tasks = {.scored = scored,
						.scorer = {.model = &model},
						.margin = candidate->threshold.margin};
	double weights[2][2] = {{0.0}};
	double log_loss;
	bool kept = score_all(problem, &tasks, n, weights, &log_loss);

	facts->log_loss = log_loss / weight;
	facts->counts = (BinaryCounts){.true_positives = weights[1][1],
								   .false_positives = weights[1][0],
								   .false_negatives = weights[0][1],
								   .true_negatives = weights[0][0]};
	if (ranked == NULL || !kept)
	{
		threshold_areas(scored, n, &facts->roc_auc, &facts->pr_auc,
						&problem->runtime);
		return;
	}
	facts->roc_auc = ranked->roc_auc;
	facts->pr_auc = ranked->pr_auc;
}
