# Quantile regressions of quantreg, as SQL that says how far linlearn's pinball losses are above them.
suppressPackageStartupMessages(library(quantreg))
data(engel)
say <- function(name, formula, data, tau) {
	f <- suppressWarnings(rq(formula, tau = tau, data = data))
	r <- residuals(f)
	least <- mean(pmax(tau * r, (tau - 1) * r))
	x <- model.matrix(formula, data)[, -1, drop = FALSE]
	y <- model.response(model.frame(formula, data))
	rows <- paste(sprintf("('{%s}'::float8[], %.17g::float8)", apply(x, 1, function(v) paste(sprintf("%.17g", v), collapse = ",")), y), collapse = ", ")
	cat(sprintf(paste("WITH r (x, y) AS MATERIALIZED (VALUES %s), m AS MATERIALIZED (SELECT linlearn_train(x, y,",
		"'{\"predictor_type\": \"regressor\", \"loss\": \"quantile_loss\", \"quantile\": %g, \"wd\": 0}') AS model FROM r)",
		"SELECT '%s at %g', avg(greatest(%g * e, (%g - 1) * e)) / %.17g - 1 FROM (SELECT y - linlearn_predict(model, x) AS e FROM r, m) s;\n"),
		rows, tau, name, tau, tau, tau, least))
}
for (tau in c(.1, .5, .9)) {
	say("engel", foodexp ~ income, engel, tau)
	say("stackloss", stack.loss ~ ., stackloss, tau)
	say("mtcars", mpg ~ ., mtcars, tau)
	say("airquality", Ozone ~ ., na.omit(airquality), tau)
}
