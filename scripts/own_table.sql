  SELECT version, test_rows, metrics->'accuracy' AS accuracy, metrics->'rmse' AS rmse
  FROM linlearn_fit('first', 'SELECT * FROM my_table', label => 'my_label', key => 'id');
  SELECT term, weight, importance FROM linlearn_weights(linlearn_model('first'));
  SELECT t.id, linlearn_predict_label(m.model, t) AS predicted, linlearn_score(m.model, t) AS score
  FROM my_table AS t, (SELECT linlearn_model('first') AS model) AS m LIMIT 10;
