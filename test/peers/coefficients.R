# Models that R fits, as SQL that says how far linlearn's predictions are from R's.
text <- function(x) paste0("'{", paste(sprintf("%.17g", x), collapse = ","), "}'::float8[]")
say <- function(name, fit, loss, predicted, columns, data) {
	rows <- paste(sprintf("(%s, %s)", sapply(seq_len(nrow(data)), function(i)
		paste0("ROW(", paste(sprintf("%.17g", unlist(data[i, columns])), collapse = "::float8, "), "::float8)")),
		sprintf("%.17g::float8", predicted)), collapse = ", ")
	names <- paste(sprintf("p.f%d AS \"%s\"", seq_along(columns), columns), collapse = ", ")
	labels <- if (loss == "logistic") ", labels => ARRAY['no', 'yes']" else ""
	score <- if (loss == "logistic") "linlearn_score" else "linlearn_predict"
	json <- paste0("'[", paste(sprintf("\"%s\"", columns), collapse = ", "), "]'")
	fields <- paste(sprintf("f%d float8", seq_along(columns)), collapse = ", ")
	cat(sprintf(paste("SELECT '%s', coalesce(max(abs(%s(m, c) - r.expected) / greatest(1, abs(r.expected))), 1) FROM (VALUES %s) r (v, expected),",
		"LATERAL jsonb_to_record(to_jsonb(r.v)) AS p (%s), LATERAL (SELECT %s) c,",
		"(SELECT linlearn_model_from_coefficients(%s, %s%s, loss => '%s', columns => %s) AS m OFFSET 0) made;\n"),
		name, score, rows, fields, names, text(coef(fit)[-1]), text(coef(fit)[1]), labels, loss, json))
}
cars <- mtcars
f <- lm(mpg ~ wt + hp + qsec, cars)
say("lm", f, "squared_loss", predict(f), c("wt", "hp", "qsec"), cars)
f <- glm(am ~ wt + hp, binomial, cars)
say("glm binomial", f, "logistic", predict(f, type = "response"), c("wt", "hp"), cars)
f <- glm(carb ~ hp + qsec, poisson, cars)
say("glm poisson", f, "poisson", predict(f, type = "response"), c("hp", "qsec"), cars)
f <- glm(mpg ~ wt + hp, Gamma("log"), cars)
say("glm Gamma", f, "gamma", predict(f, type = "response"), c("wt", "hp"), cars)
