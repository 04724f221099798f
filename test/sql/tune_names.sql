-- Tuning requests as SageMaker's SDK and API write them.
SET client_min_messages = error;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
\set SHOW_CONTEXT never

CREATE TABLE named AS
SELECT i, ARRAY[i % 7, i % 11, i * i % 13]::float8[] AS x, i % 7 + i % 11 > 8 AS y,
	CASE WHEN i % 4 = 0 THEN 'validation' ELSE 'train' END AS split
FROM generate_series(1, 400) i;
CREATE FUNCTION tuned(request jsonb) RETURNS bytea LANGUAGE sql AS $$
	SELECT linlearn_tune(x, y, request, split) FROM named $$;

-- one request in our words, the SDK's and the API's: the same model
CREATE TABLE requests (style text, request jsonb);
INSERT INTO requests VALUES
('ours', '{"predictor_type": "binary_classifier", "epochs": 3, "seed": 5, "objective": "validation:binary_f_beta", "objective_type": "Maximize",
	"strategy": "Random", "max_jobs": 4, "max_parallel_jobs": 2, "early_stopping_type": "Auto",
	"target_objective_metric_value": 2, "max_not_improving": 100, "complete_on_convergence": true,
	"ranges": {"wd": {"type": "continuous", "min": 1e-7, "max": 1, "scaling": "Logarithmic"},
		"mini_batch_size": {"type": "integer", "min": 10, "max": 100}, "optimizer": ["adam", "sgd"]}}'),
('SDK', '{"predictor_type": "binary_classifier", "epochs": "3", "random_seed": 5, "objective_metric_name": "validation:binary_f_beta", "objective_type": "Maximize",
	"strategy": "Random", "max_jobs": 4, "max_parallel_jobs": 2, "early_stopping_type": "Auto",
	"completion_criteria_config": {"target_objective_metric_value": 2, "max_number_of_training_jobs_not_improving": 100, "complete_on_convergence": true},
	"hyperparameter_ranges": {"wd": {"min_value": "1e-7", "max_value": "1", "scaling_type": "Logarithmic"},
		"mini_batch_size": {"min_value": 10, "max_value": 100, "scaling_type": "Auto"}, "optimizer": {"values": ["adam", "sgd"]}}}'),
('API', '{"HyperParameterTuningJobConfig": {"Strategy": "Random", "RandomSeed": 5, "TrainingJobEarlyStoppingType": "Auto",
		"HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "validation:binary_f_beta"},
		"ResourceLimits": {"MaxNumberOfTrainingJobs": 4, "MaxParallelTrainingJobs": 2},
		"TuningJobCompletionCriteria": {"TargetObjectiveMetricValue": 2, "BestObjectiveNotImproving": {"MaxNumberOfTrainingJobsNotImproving": 100},
			"ConvergenceDetected": {"CompleteOnConvergence": "Enabled"}},
		"ParameterRanges": {"ContinuousParameterRanges": [{"Name": "wd", "MinValue": "1e-7", "MaxValue": "1", "ScalingType": "Logarithmic"}],
			"IntegerParameterRanges": [{"Name": "mini_batch_size", "MinValue": "10", "MaxValue": "100", "ScalingType": "Auto"}],
			"CategoricalParameterRanges": [{"Name": "optimizer", "Values": ["adam", "sgd"]}]}},
	"StaticHyperParameters": {"predictor_type": "binary_classifier", "epochs": "3"}}');
CREATE TABLE answers AS SELECT style, tuned(request) AS model FROM requests;
SELECT a.style, a.model = b.model AS same FROM answers a, answers b WHERE b.style = 'ours' ORDER BY 1;
SELECT linlearn_model_info(model)->'tuning' AS tuning FROM answers WHERE style = 'API';

-- Hyperband's resources
SELECT count(*) AS trials, max(epochs) AS epochs FROM linlearn_trials(tuned('{"predictor_type": "binary_classifier", "objective": "validation:recall",
	"strategy": "Hyperband", "strategy_config": {"hyperband_strategy_config": {"min_resource": 1, "max_resource": 3}}, "ranges": {"wd": {"min": 0.001, "max": 0.1}}}'));
SELECT count(*) AS trials, max(epochs) AS epochs FROM linlearn_trials(tuned('{"predictor_type": "binary_classifier", "objective": "validation:recall",
	"Strategy": "Hyperband", "StrategyConfig": {"HyperbandStrategyConfig": {"MinResource": 1, "MaxResource": 3}}, "ParameterRanges": {"ContinuousParameterRanges": [{"Name": "wd", "MinValue": "0.001", "MaxValue": "0.1"}]}}'));

-- a tuning ends when it no longer improves by a hundredth, or has converged
SELECT count(*) AS trials FROM linlearn_trials(tuned('{"predictor_type": "binary_classifier", "objective": "validation:binary_classification_accuracy", "optimizer": "lbfgs",
	"strategy": "Random", "max_jobs": 40, "max_not_improving": 5, "ranges": {"wd": {"min": 0.0001, "max": 0.001}}}'));
SELECT count(*) AS trials FROM linlearn_trials(tuned('{"predictor_type": "binary_classifier", "objective": "validation:binary_classification_accuracy", "optimizer": "lbfgs",
	"strategy": "Random", "max_jobs": 40, "complete_on_convergence": true, "ranges": {"wd": {"min": 0.0001, "max": 0.001}}}'));
SELECT count(*) AS trials FROM linlearn_trials(tuned('{"predictor_type": "binary_classifier", "objective": "validation:binary_classification_accuracy", "optimizer": "lbfgs",
	"strategy": "Random", "max_jobs": 40, "complete_on_convergence": "Disabled", "ranges": {"wd": {"min": 0.0001, "max": 0.001}}}'));

-- objectives of many classes: as AWS has them since 2024, and which way they go
CREATE FUNCTION tuned_classes(request jsonb) RETURNS bytea LANGUAGE sql AS $$
	SELECT linlearn_tune(x, i % 3, '{"predictor_type": "multiclass_classifier", "strategy": "Random", "max_jobs": 4, "epochs": 2, "seed": 1,
		"ranges": {"learning_rate": {"min": 0.0001, "max": 0.5}}}'::jsonb || request, split) FROM named $$;
SELECT linlearn_model_info(model) #>> '{tuning,objective_type}' AS type,
	(SELECT objective = CASE objective_name WHEN 'multiclass_log_loss' THEN least ELSE greatest END FROM linlearn_trials(model),
		(SELECT min(objective) AS least, max(objective) AS greatest FROM linlearn_trials(model)) AS r WHERE best) AS best,
	(linlearn_model_info(model) #>> ARRAY['metrics', 'validation:' || objective_name])::float8 = (SELECT objective FROM linlearn_trials(model) WHERE best) AS reported
FROM unnest(ARRAY['multiclass_balanced_accuracy', 'multiclass_log_loss']) AS objective_name,
	LATERAL (SELECT tuned_classes(jsonb_build_object('objective', 'validation:' || objective_name)) AS model) AS m ORDER BY objective_name;
SELECT tuned_classes('{"objective": "validation:multiclass_log_loss", "loss": "multiclass_hinge_loss"}');
SELECT tuned_classes('{"objective": "validation:multiclass_log_loss", "ranges": {"loss": ["softmax_loss", "multiclass_hinge_loss"]}}');
SELECT tuned('{"predictor_type": "binary_classifier", "objective": "validation:multiclass_log_loss", "ranges": {"wd": [0.1]}}');
DROP FUNCTION tuned_classes;

-- what is wrong is named
CREATE FUNCTION complain_names(request jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	d text; h text;
BEGIN
	PERFORM tuned('{"predictor_type": "binary_classifier", "objective": "validation:recall", "ranges": {"wd": [0.1]}}'::jsonb || request);
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS d = PG_EXCEPTION_DETAIL, h = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', SQLSTATE, SQLERRM, nullif(d, ''), nullif(h, ''));
END $$;
SELECT complain_names(request::jsonb) FROM (VALUES
	('{"max_not_improving": 2}'), ('{"max_not_improving": "many"}'), ('{"complete_on_convergence": "perhaps"}'), ('{"complete_on_convergence": 1}'),
	('{"ResourceLimits": 3}'), ('{"ResourceLimits": {"MaxNumberOfTrainingJob": 3}}'), ('{"ResourceLimits": {"wd": 3}}'),
	('{"HyperParameterTuningJobConfig": {"Strategies": "Random"}}'),
	('{"ParameterRanges": {"ContinuousParameterRanges": {"wd": 1}}}'), ('{"ParameterRanges": {"ContinuousParameterRanges": [3]}}'),
	('{"ParameterRanges": {"ContinuousParameterRanges": [{"MinValue": "1"}]}}'),
	('{"ParameterRanges": {"ContinuousParameterRanges": [{"Name": "l1", "MinValue": "x", "MaxValue": "1"}]}}'),
	('{"ranges": {"l1": {"min_value": "1 ", "max_value": 2}}}'), ('{"ranges": {"l1": {"min_value": " 1", "max_value": 2}}}'),
	('{"ranges": {"l1": {"max_value": 2}}}'), ('{"ranges": {"l1": {"min": "nan", "max": 2}}}'),
	('{"max_jobs": "1.5"}'), ('{"max_jobs": ""}'), ('{"max_jobs": "7"}'), ('{"StaticHyperParameters": {"epoch": 3}}'), ('{"StaticHyperParameters": [3]}'),
	('{"completion_criteria_config": {"target": 3}}'), ('{"TuningJobCompletionCriteria": {"ConvergenceDetected": {"CompleteOnConvergence": "Always"}}}')) AS wrong (request);
-- what two names say must be the same
SELECT complain_names(request::jsonb) FROM (VALUES
	('{"max_jobs": 1, "ResourceLimits": {"MaxNumberOfTrainingJobs": 1}}'), ('{"max_jobs": 1, "ResourceLimits": {"MaxNumberOfTrainingJobs": 2}}'),
	('{"objective_metric_name": "validation:recall"}'), ('{"objective_metric_name": "validation:precision"}'),
	('{"objective_type": "Maximize", "HyperParameterTuningJobObjective": {"Type": "Minimize"}}'),
	('{"strategy": "Random", "HyperParameterTuningJobConfig": {"Strategy": "Grid"}}'),
	('{"strategy_config": {"hyperband_strategy_config": {"min_resource": 1, "MinResource": 2}}}'),
	('{"seed": 1, "random_seed": "1", "max_jobs": 1}'), ('{"seed": 1, "random_seed": 2}'), ('{"random_seed": 1, "RandomSeed": 2}'),
	('{"max_seconds": 100, "ResourceLimits": {"MaxRuntimeInSeconds": 200}}'),
	('{"epochs": 1, "StaticHyperParameters": {"epochs": "1"}, "max_jobs": 1}'), ('{"epochs": 1, "StaticHyperParameters": {"epochs": "2"}}'),
	('{"l1": "auto", "StaticHyperParameters": {"l1": 0.1}}'), ('{"predictor_type": "regressor", "StaticHyperParameters": {"predictor_type": "binary_classifier"}}'),
	('{"ranges": {"l1": {"min": 1, "MinValue": 1, "max": 2}}}'), ('{"ranges": {"l1": {"min": 1, "max": 2, "max_value": 3}}}'),
	('{"ranges": {"l1": {"values": [1], "Values": [2]}}}'), ('{"ranges": {"l1": {"Name": "wd", "min": 1, "max": 2}}}'),
	('{"ranges": {"l1": {"Name": "l1", "min": 0.1, "max": 0.2}}, "max_jobs": 1}'),
	('{"ParameterRanges": {"ContinuousParameterRanges": [{"Name": "l1", "Type": "Integer", "MinValue": "1", "MaxValue": "2"}]}}'),
	('{"ParameterRanges": {"ContinuousParameterRanges": [{"Name": "l1", "Type": "Continuous", "MinValue": "0.1", "MaxValue": "0.2"}]}, "max_jobs": 1}'),
	('{"ranges": {"l1": {"MinValue": 1, "MaxValue": 2, "ScalingType": "Log"}}}')) AS twice (request);
DROP FUNCTION complain_names, tuned;
DROP TABLE named, requests, answers;
