-- What a cluster may run: aggregates of one argument of a concrete type, whose
-- state is bytea and has a combine function.  What is polymorphic is a scalar
-- function within the argument.

CREATE FUNCTION linlearn_row(features anyelement, label "any")
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_row'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION linlearn_row(anyelement, "any") IS
'a row to learn from, packed into one value for linlearn_gram, linlearn_survey and linlearn_residual: features are an array, bytea, a vector or a sparse row';

CREATE FUNCTION linlearn_row(features anyelement, label "any", weight float8)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_row'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION linlearn_row(anyelement, "any", float8) IS
'a row to learn from, packed into one value for linlearn_gram, linlearn_survey and linlearn_residual: features are an array, bytea, a vector or a sparse row; weight: of the row, 0 or 1e-30 to 1e30';

CREATE FUNCTION linlearn_row(features anyelement, label "any", weight float8, channel text)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_row'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION linlearn_row(anyelement, "any", float8, text) IS
'a row to learn from, packed into one value for linlearn_gram, linlearn_survey and linlearn_residual: features are an array, bytea, a vector or a sparse row; channel: train (also NULL), validation or test';

CREATE FUNCTION linlearn_row(features anyelement, label "any", weight float8, channel "char")
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_row_of_channel'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION linlearn_row(anyelement, "any", float8, "char") IS
'a row to learn from, packed into one value for linlearn_gram, linlearn_survey and linlearn_residual: features are an array, bytea, a vector or a sparse row; channel: 0 (train, also NULL), 1 (validation) or 2 (test), as linlearn_split_channel gives it: without a collation, so that postgres_fdw may send it whatever it is made of';

CREATE FUNCTION linlearn_pair(actual "any", predicted "any")
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_pair'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION linlearn_pair("any", "any") IS
'a row to judge by, packed into one value for linlearn_confusion, linlearn_metrics and the curves: what was and what was predicted, numeric as double precision, types other than numbers and booleans as text';

CREATE FUNCTION linlearn_pair(actual "any", predicted "any", score float8)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_pair'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION linlearn_pair("any", "any", float8) IS
'a row to judge by, packed into one value for linlearn_confusion, linlearn_metrics and the curves: what was and what was predicted, numeric as double precision, types other than numbers and booleans as text, and a score';

CREATE FUNCTION linlearn_pair(actual "any", predicted "any", score float8, weight float8)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_pair'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION linlearn_pair("any", "any", float8, float8) IS
'a row to judge by, packed into one value for linlearn_confusion, linlearn_metrics and the curves: what was and what was predicted, numeric as double precision, types other than numbers and booleans as text, a score, and a weight';

CREATE FUNCTION linlearn_gram_accum(bytea, bytea)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_gram_accum'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_gram_combine(bytea, bytea)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_gram_combine'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_gram_final(bytea)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_gram_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE AGGREGATE linlearn_gram(packed bytea) (
	SFUNC = linlearn_gram_accum,
	STYPE = bytea,
	SSPACE = 1048576,
	FINALFUNC = linlearn_gram_final,
	COMBINEFUNC = linlearn_gram_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_gram(bytea) IS
'the exact sums of rows, as linlearn_row packs them, that least squares needs: the same in any order and from any number of servers; for linlearn_solve';

CREATE AGGREGATE linlearn_gram_merge(gram bytea) (
	SFUNC = linlearn_gram_combine,
	STYPE = bytea,
	SSPACE = 1048576,
	FINALFUNC = linlearn_gram_final,
	COMBINEFUNC = linlearn_gram_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_gram_merge(bytea) IS
'the sums of several linlearn_gram together, as of partitions on several servers';

CREATE FUNCTION linlearn_solve(gram bytea)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_solve'
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION linlearn_solve(bytea) IS
'a regression by least squares, from the sums of linlearn_gram: a model like any other';

CREATE FUNCTION linlearn_solve(gram bytea, options jsonb)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_solve'
LANGUAGE C STABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION linlearn_solve(bytea, jsonb) IS
'a regression by least squares, from the sums of linlearn_gram, with the options of linlearn_train: a model like any other';

CREATE FUNCTION linlearn_confusion_pair_accum(bytea, bytea)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_confusion_pair_accum'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_confusion_pair_combine(bytea, bytea)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_confusion_pair_combine'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_confusion_pair_final(bytea)
RETURNS jsonb AS 'MODULE_PATHNAME', 'linlearn_confusion_pair_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE AGGREGATE linlearn_confusion(pair bytea) (
	SFUNC = linlearn_confusion_pair_accum,
	STYPE = bytea,
	SSPACE = 2048,
	FINALFUNC = linlearn_confusion_pair_final,
	COMBINEFUNC = linlearn_confusion_pair_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_confusion(bytea) IS
'confusion matrix as jsonb of pairs that linlearn_pair packs, which a cluster runs where the rows are';

CREATE FUNCTION linlearn_metrics_pair_accum(bytea, bytea)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_metrics_pair_accum'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_metrics_pair_combine(bytea, bytea)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_metrics_pair_combine'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_metrics_pair_final(bytea)
RETURNS jsonb AS 'MODULE_PATHNAME', 'linlearn_metrics_pair_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE AGGREGATE linlearn_metrics(pair bytea) (
	SFUNC = linlearn_metrics_pair_accum,
	STYPE = bytea,
	SSPACE = 2048,
	FINALFUNC = linlearn_metrics_pair_final,
	COMBINEFUNC = linlearn_metrics_pair_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_metrics(bytea) IS
'accuracy and more of a classifier, mse and more of a regressor, as jsonb, of pairs that linlearn_pair packs, which a cluster runs where the rows are';

CREATE FUNCTION linlearn_curve_pair_accum(bytea, bytea)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_curve_pair_accum'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_curve_pair_combine(bytea, bytea)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_curve_pair_combine'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_roc_auc_pair_final(bytea)
RETURNS float8 AS 'MODULE_PATHNAME', 'linlearn_roc_auc_pair_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE AGGREGATE linlearn_roc_auc(pair bytea) (
	SFUNC = linlearn_curve_pair_accum,
	STYPE = bytea,
	SSPACE = 2048,
	FINALFUNC = linlearn_roc_auc_pair_final,
	COMBINEFUNC = linlearn_curve_pair_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_roc_auc(bytea) IS
'exact area under the ROC curve of pairs that linlearn_pair packs with a score, which a cluster runs where the rows are';

CREATE FUNCTION linlearn_pr_auc_pair_final(bytea)
RETURNS float8 AS 'MODULE_PATHNAME', 'linlearn_pr_auc_pair_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE AGGREGATE linlearn_pr_auc(pair bytea) (
	SFUNC = linlearn_curve_pair_accum,
	STYPE = bytea,
	SSPACE = 2048,
	FINALFUNC = linlearn_pr_auc_pair_final,
	COMBINEFUNC = linlearn_curve_pair_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_pr_auc(bytea) IS
'average precision of pairs that linlearn_pair packs with a score, which a cluster runs where the rows are';

CREATE FUNCTION linlearn_roc_curve_pair_final(bytea)
RETURNS linlearn_roc_point[] AS 'MODULE_PATHNAME', 'linlearn_roc_curve_pair_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE AGGREGATE linlearn_roc_curve(pair bytea) (
	SFUNC = linlearn_curve_pair_accum,
	STYPE = bytea,
	SSPACE = 2048,
	FINALFUNC = linlearn_roc_curve_pair_final,
	COMBINEFUNC = linlearn_curve_pair_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_roc_curve(bytea) IS
'ROC curve, one point a distinct score of pairs that linlearn_pair packs with a score, which a cluster runs where the rows are';

CREATE FUNCTION linlearn_pr_curve_pair_final(bytea)
RETURNS linlearn_pr_point[] AS 'MODULE_PATHNAME', 'linlearn_pr_curve_pair_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE AGGREGATE linlearn_pr_curve(pair bytea) (
	SFUNC = linlearn_curve_pair_accum,
	STYPE = bytea,
	SSPACE = 2048,
	FINALFUNC = linlearn_pr_curve_pair_final,
	COMBINEFUNC = linlearn_curve_pair_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_pr_curve(bytea) IS
'precision-recall curve, one point a distinct score of pairs that linlearn_pair packs with a score, which a cluster runs where the rows are';

CREATE FUNCTION linlearn_lift_pair_final(bytea)
RETURNS linlearn_lift_bin[] AS 'MODULE_PATHNAME', 'linlearn_lift_pair_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE AGGREGATE linlearn_lift(pair bytea) (
	SFUNC = linlearn_curve_pair_accum,
	STYPE = bytea,
	SSPACE = 2048,
	FINALFUNC = linlearn_lift_pair_final,
	COMBINEFUNC = linlearn_curve_pair_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_lift(bytea) IS
'lift table of ten equal shares of the rows of pairs that linlearn_pair packs with a score, which a cluster runs where the rows are';

CREATE FUNCTION linlearn_survey_accum(bytea, bytea)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_survey_accum'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_survey_combine(bytea, bytea)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_survey_combine'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_survey_final(bytea)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_survey_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE AGGREGATE linlearn_survey(packed bytea) (
	SFUNC = linlearn_survey_accum,
	STYPE = bytea,
	SSPACE = 65536,
	FINALFUNC = linlearn_survey_final,
	COMBINEFUNC = linlearn_survey_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_survey(bytea) IS
'what a training by passes must know of rows, as linlearn_row packs them, before the first one: how many, their classes, how features and labels spread; for linlearn_train_distributed';

CREATE AGGREGATE linlearn_survey_merge(survey bytea) (
	SFUNC = linlearn_survey_combine,
	STYPE = bytea,
	SSPACE = 65536,
	FINALFUNC = linlearn_survey_final,
	COMBINEFUNC = linlearn_survey_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_survey_merge(bytea) IS
'several linlearn_survey together, as of partitions on several servers';

CREATE FUNCTION linlearn_cells(layout jsonb, VARIADIC columns "any")
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_cells'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION linlearn_cells(jsonb, "any") IS
'columns of a row of any type that a feature may be, packed into one value for linlearn_survey_columns (as the features of linlearn_row) and linlearn_terms; several such values may be put behind each other. layout: {"names": [...]} of the columns, {"types": [...]} of PostgreSQL that they are read as, by their text, and the options exclude, include and columns of linlearn_train as far as they say how columns are read';

CREATE FUNCTION linlearn_terms(plan bytea, cells bytea)
RETURNS double precision[] AS 'MODULE_PATHNAME', 'linlearn_terms'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION linlearn_terms(bytea, bytea) IS
'the features that a row''s columns, as linlearn_cells packs them, make by a plan of linlearn_train_distributed: numbers, one a level of a category, parts of dates, words';

CREATE FUNCTION linlearn_sparse_terms(plan bytea, cells bytea)
RETURNS linlearn_sparse AS 'MODULE_PATHNAME', 'linlearn_sparse_terms'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION linlearn_sparse_terms(bytea, bytea) IS
'the same features as linlearn_terms gives, where most of them are 0: a sparse row';

CREATE FUNCTION linlearn_survey_columns_accum(bytea, bytea)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_survey_columns_accum'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_survey_columns_combine(bytea, bytea)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_survey_columns_combine'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_survey_columns_final(bytea)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_survey_columns_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE AGGREGATE linlearn_survey_columns(packed bytea) (
	SFUNC = linlearn_survey_columns_accum,
	STYPE = bytea,
	SSPACE = 1048576,
	FINALFUNC = linlearn_survey_columns_final,
	COMBINEFUNC = linlearn_survey_columns_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_survey_columns(bytea) IS
'what a training must know of columns before it decides their terms, of rows linlearn_row(linlearn_cells(...), label): levels and words with their rows, NULLs, means, ranges and quantiles of numbers; for linlearn_train_distributed';

CREATE AGGREGATE linlearn_survey_columns_merge(survey bytea) (
	SFUNC = linlearn_survey_columns_combine,
	STYPE = bytea,
	SSPACE = 1048576,
	FINALFUNC = linlearn_survey_columns_final,
	COMBINEFUNC = linlearn_survey_columns_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_survey_columns_merge(bytea) IS
'several linlearn_survey_columns together, as of partitions on several servers';

CREATE FUNCTION linlearn_residual(point bytea, packed bytea)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_residual'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION linlearn_residual(bytea, bytea) IS
'what a row, as linlearn_row packs it, answers to a point of linlearn_train_distributed: its loss and residuals; NULL for a row that weighs 0 or has no label';

CREATE FUNCTION linlearn_gradient_accum(bytea, bytea)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_gradient_accum'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_gradient_combine(bytea, bytea)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_gradient_combine'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_gradient_final(bytea)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_gradient_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE AGGREGATE linlearn_gradient(answer bytea) (
	SFUNC = linlearn_gradient_accum,
	STYPE = bytea,
	SSPACE = 1048576,
	FINALFUNC = linlearn_gradient_final,
	COMBINEFUNC = linlearn_gradient_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_gradient(bytea) IS
'the exact sums of what rows answer to a point, as linlearn_residual gives it: loss and gradient, the same in any order and from any number of servers';

CREATE AGGREGATE linlearn_gradient_merge(gradient bytea) (
	SFUNC = linlearn_gradient_combine,
	STYPE = bytea,
	SSPACE = 1048576,
	FINALFUNC = linlearn_gradient_final,
	COMBINEFUNC = linlearn_gradient_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_gradient_merge(bytea) IS
'the sums of several linlearn_gradient together, as of partitions on several servers';

CREATE FUNCTION linlearn_is_version(version bytea, "row" "any")
RETURNS boolean AS 'MODULE_PATHNAME', 'linlearn_is_version'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION linlearn_is_version(bytea, "any") IS
'true, or an error unless this server has that version of linlearn, whose name is given as bytes; beside a column of a foreign table the question is put to its server';

CREATE FUNCTION linlearn_train_distributed(source regclass, features text, label text,
	options jsonb DEFAULT '{}', filter text DEFAULT NULL, channel text DEFAULT NULL, weight text DEFAULT NULL)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_train_distributed'
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000000;
COMMENT ON FUNCTION linlearn_train_distributed(regclass, text, text, jsonb, text, text, text) IS
'Trains on rows that stay where they are: in foreign tables of postgres_fdw below a partitioned table, each server summing its own and all at the same time, in shards of Citus, or here. features (an array, or columns of any type as SELECT lists them; NULL: all), label, filter, channel and weight are columns of the source or expressions of SQL over them; options are those of linlearn_train, as far as solvers take them: a regressor by least squares in one pass, else logistic, softmax, huber and the losses with a log link by passes of newton or lbfgs. The bytes of the model do not depend on where the rows are';

CREATE FUNCTION linlearn_split_channel(key anyelement, train float8 DEFAULT 0.6,
	validation float8 DEFAULT 0.2, seed bigint DEFAULT 0)
RETURNS "char" AS 'MODULE_PATHNAME', 'linlearn_split_channel'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION linlearn_split_channel(anyelement, float8, float8, bigint) IS
'linlearn_split as a "char": 0 (train), 1 (validation) or 2 (test); a channel that postgres_fdw sends to where the rows are';

CREATE FUNCTION linlearn_fit(name text, source regclass, label text,
	key text DEFAULT NULL, options jsonb DEFAULT '{}',
	description text DEFAULT NULL, train float8 DEFAULT 0.6,
	validation float8 DEFAULT 0.2, seed bigint DEFAULT 0, card jsonb DEFAULT NULL,
	features text DEFAULT NULL,
	OUT version integer, OUT train_rows bigint, OUT validation_rows bigint,
	OUT test_rows bigint, OUT skipped_rows bigint, OUT metrics jsonb,
	OUT seconds float8)
RETURNS record AS 'MODULE_PATHNAME', 'linlearn_fit_relation'
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000000;
COMMENT ON FUNCTION linlearn_fit(text, regclass, text, text, jsonb, text, float8, float8, bigint, jsonb, text) IS
'From a relation to a saved model. With features, an array over its columns or columns of any type (''*'': all), and where its rows are on other servers, the rows stay where they are, here, in foreign tables or shards: they are split by linlearn_split(key, train, validation, seed), trained on by linlearn_train_distributed, and those of the test judged, each server summing its own; key is needed then. Without features, of rows that are here, all is as linlearn_fit of SELECT * FROM the relation has it';

CREATE FUNCTION linlearn_evaluate(model_name text, source regclass,
	dataset text DEFAULT 'test', version integer DEFAULT NULL,
	label text DEFAULT NULL, features text DEFAULT NULL, filter text DEFAULT NULL)
RETURNS jsonb AS 'MODULE_PATHNAME', 'linlearn_evaluate_relation'
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000;
COMMENT ON FUNCTION linlearn_evaluate(text, regclass, text, integer, text, text, text) IS
'Predicts the rows of a relation, returns the metrics and keeps them in linlearn_evaluations under the dataset''s name; version: the latest. With features, an array over its columns or columns of any type (''*'': all), and where its rows are on other servers, each server judges its own rows, which stay where they are; else as linlearn_evaluate of SELECT * FROM the relation. label, features and filter are columns or expressions of SQL over them';

-- The same in two steps, for foreign tables: a part of each, then all parts.

CREATE AGGREGATE linlearn_confusion_part(pair bytea) (
	SFUNC = linlearn_confusion_pair_accum,
	STYPE = bytea,
	SSPACE = 2048,
	COMBINEFUNC = linlearn_confusion_pair_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_confusion_part(bytea) IS
'a part of linlearn_confusion, as of one foreign table, of pairs that linlearn_pair packs';

CREATE AGGREGATE linlearn_confusion_merge(part bytea) (
	SFUNC = linlearn_confusion_pair_combine,
	STYPE = bytea,
	SSPACE = 2048,
	FINALFUNC = linlearn_confusion_pair_final,
	COMBINEFUNC = linlearn_confusion_pair_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_confusion_merge(bytea) IS
'confusion matrix as jsonb of all parts that linlearn_confusion_part has made';

CREATE AGGREGATE linlearn_metrics_part(pair bytea) (
	SFUNC = linlearn_metrics_pair_accum,
	STYPE = bytea,
	SSPACE = 2048,
	COMBINEFUNC = linlearn_metrics_pair_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_metrics_part(bytea) IS
'a part of linlearn_metrics, as of one foreign table, of pairs that linlearn_pair packs';

CREATE AGGREGATE linlearn_metrics_merge(part bytea) (
	SFUNC = linlearn_metrics_pair_combine,
	STYPE = bytea,
	SSPACE = 2048,
	FINALFUNC = linlearn_metrics_pair_final,
	COMBINEFUNC = linlearn_metrics_pair_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_metrics_merge(bytea) IS
'metrics as jsonb of all parts that linlearn_metrics_part has made';

CREATE FUNCTION linlearn_metrics_pair_combine_beta(bytea, bytea, double precision)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_metrics_pair_combine_beta'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE AGGREGATE linlearn_metrics_merge(part bytea, f_beta double precision) (
	SFUNC = linlearn_metrics_pair_combine_beta,
	STYPE = bytea,
	SSPACE = 2048,
	FINALFUNC = linlearn_metrics_pair_final,
	COMBINEFUNC = linlearn_metrics_pair_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_metrics_merge(bytea, double precision) IS
'the same with F of this beta, which is 1 otherwise';

CREATE FUNCTION linlearn_judge_row(model bytea, features anyelement, label "any", k integer)
RETURNS double precision[] AS 'MODULE_PATHNAME', 'linlearn_judge_row'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION linlearn_judge_row(bytea, anyelement, "any", integer) IS
'what a row adds to the figures of a model that no pair of labels tells, for linlearn_judge_sum: of many classes {1, whether the label is among the best k, discounted gain, log loss}, NULL where the label is no class; of a log link {1, label, what the label alone says of the deviance, deviance}; else NULL';

CREATE FUNCTION linlearn_judge_add(double precision[], double precision[])
RETURNS double precision[] AS 'MODULE_PATHNAME', 'linlearn_judge_add'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE AGGREGATE linlearn_judge_sum(figures double precision[]) (
	SFUNC = linlearn_judge_add,
	STYPE = double precision[],
	COMBINEFUNC = linlearn_judge_add,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_judge_sum(double precision[]) IS
'sums of what linlearn_judge_row gives, of rows or of such sums, which a cluster runs where the rows are';

CREATE AGGREGATE linlearn_curve_part(pair bytea) (
	SFUNC = linlearn_curve_pair_accum,
	STYPE = bytea,
	SSPACE = 2048,
	COMBINEFUNC = linlearn_curve_pair_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_curve_part(bytea) IS
'a part of linlearn_roc_auc, linlearn_pr_auc, linlearn_roc_curve, linlearn_pr_curve and linlearn_lift, as of one foreign table, of pairs that linlearn_pair packs';

CREATE AGGREGATE linlearn_roc_auc_merge(part bytea) (
	SFUNC = linlearn_curve_pair_combine,
	STYPE = bytea,
	SSPACE = 2048,
	FINALFUNC = linlearn_roc_auc_pair_final,
	COMBINEFUNC = linlearn_curve_pair_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_roc_auc_merge(bytea) IS
'exact area under the ROC curve of all parts that linlearn_curve_part has made';

CREATE AGGREGATE linlearn_pr_auc_merge(part bytea) (
	SFUNC = linlearn_curve_pair_combine,
	STYPE = bytea,
	SSPACE = 2048,
	FINALFUNC = linlearn_pr_auc_pair_final,
	COMBINEFUNC = linlearn_curve_pair_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_pr_auc_merge(bytea) IS
'average precision of all parts that linlearn_curve_part has made';

CREATE AGGREGATE linlearn_roc_curve_merge(part bytea) (
	SFUNC = linlearn_curve_pair_combine,
	STYPE = bytea,
	SSPACE = 2048,
	FINALFUNC = linlearn_roc_curve_pair_final,
	COMBINEFUNC = linlearn_curve_pair_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_roc_curve_merge(bytea) IS
'ROC curve of all parts that linlearn_curve_part has made';

CREATE AGGREGATE linlearn_pr_curve_merge(part bytea) (
	SFUNC = linlearn_curve_pair_combine,
	STYPE = bytea,
	SSPACE = 2048,
	FINALFUNC = linlearn_pr_curve_pair_final,
	COMBINEFUNC = linlearn_curve_pair_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_pr_curve_merge(bytea) IS
'precision-recall curve of all parts that linlearn_curve_part has made';

CREATE AGGREGATE linlearn_lift_merge(part bytea) (
	SFUNC = linlearn_curve_pair_combine,
	STYPE = bytea,
	SSPACE = 2048,
	FINALFUNC = linlearn_lift_pair_final,
	COMBINEFUNC = linlearn_curve_pair_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_lift_merge(bytea) IS
'lift table of ten equal shares of the rows of all parts that linlearn_curve_part has made';
