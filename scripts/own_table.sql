  SELECT version, test_rows, round((metrics->>'accuracy')::numeric, 3) AS accuracy, round((metrics->>'rmse')::numeric, 3) AS rmse
  FROM linlearn_fit('first', 'SELECT * FROM my_table', label => 'my_label', key => 'id');
  SELECT term, round(weight::numeric, 4) AS weight, round(importance::numeric, 2) AS importance
  FROM linlearn_weights(linlearn_model('first')) LIMIT 20;
  SELECT t.id, linlearn_predict_label(m.model, t) AS predicted, round(linlearn_score(m.model, t)::numeric, 3) AS score
  FROM my_table AS t, (SELECT linlearn_model('first') AS model) AS m LIMIT 10;
