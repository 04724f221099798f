# glmnet_times.R: how long glmnet's fits of the rows of a file take.
#
# usage: Rscript glmnet_times.R gaussian|binomial ROWS
#
# ROWS is CSV without a header, the label first.  Each line of the input is a
# question, each line of the output its answer, seconds first:
#   one LAMBDA     a fit at one penalty
#   exact LAMBDA   the same to the last digit: seconds, intercept, coefficients
#   path           cv.glmnet, 100 penalties by five folds
suppressPackageStartupMessages(library(glmnet))
arguments <- commandArgs(trailingOnly = TRUE)
family <- arguments[1]
rows <- as.matrix(read.csv(arguments[2], header = FALSE))
x <- rows[, -1]
y <- rows[, 1]
questions <- file("stdin", "r")
while (length(line <- readLines(questions, 1)) > 0) {
	asked <- strsplit(line, " ")[[1]]
	answer <- c()
	seconds <- system.time({
		if (asked[1] == "path") {
			cv.glmnet(x, y, family = family, nfolds = 5, standardize = FALSE)
		} else {
			fit <- glmnet(x, y, family = family, lambda = as.numeric(asked[2]),
				standardize = FALSE,
				thresh = if (asked[1] == "exact") 1e-14 else 1e-7, maxit = 1e6)
			if (asked[1] == "exact") answer <- as.numeric(coef(fit))
		}
	})["elapsed"]
	cat(sprintf("%.17g", c(seconds, answer)), "\n")
	flush(stdout())
}
