# quantreg_peer.R: quantreg's answers for the rows of a file.
#
# usage: Rscript quantreg_peer.R QUANTILE TRAIN TEST OUT
#
# TRAIN and TEST are CSV without a header, the label first; OUT gets a prediction a
# line, of the rows of TRAIN and then of those of TEST.
suppressPackageStartupMessages(library(quantreg))
arguments <- commandArgs(trailingOnly = TRUE)
train <- read.csv(arguments[2], header = FALSE)
test <- read.csv(arguments[3], header = FALSE)
fit <- suppressWarnings(rq(V1 ~ ., tau = as.numeric(arguments[1]), data = train))
write.table(c(predict(fit, train), predict(fit, test)), arguments[4], row.names = FALSE, col.names = FALSE)
