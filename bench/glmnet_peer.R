# glmnet_peer.R: cv.glmnet's answers for the rows of a file.
#
# usage: Rscript glmnet_peer.R gaussian|binomial|multinomial TRAIN TEST OUT
#
# TRAIN and TEST are CSV without a header, the label first; OUT gets a line a row
# of TEST: of a regression the prediction, else the probability of each class, in
# the order of its first line.
suppressPackageStartupMessages(library(glmnet))
arguments <- commandArgs(trailingOnly = TRUE)
family <- arguments[1]
train <- read.csv(arguments[2], header = FALSE, colClasses = c(V1 = "character"))
test <- read.csv(arguments[3], header = FALSE, colClasses = c(V1 = "character"))
x <- as.matrix(train[, -1, drop = FALSE])
y <- if (family == "gaussian") as.numeric(train$V1) else factor(train$V1)
if (ncol(x) < 2) x <- cbind(x, 0)  # it takes no fewer
set.seed(1)
fit <- cv.glmnet(x, y, family = family)
held <- as.matrix(test[, -1, drop = FALSE])
if (ncol(held) < 2) held <- cbind(held, 0)
p <- predict(fit, held, s = "lambda.min", type = "response")
p <- if (family == "multinomial") p[, , 1] else as.matrix(p)
if (family == "binomial") p <- cbind(1 - p, p)
if (family != "gaussian") writeLines(paste(levels(y), collapse = ","), arguments[4]) else
	writeLines("prediction", arguments[4])
write.table(p, arguments[4], append = TRUE, sep = ",", row.names = FALSE, col.names = FALSE)
