# Coefficients of R's glmnet on wide.csv, for core/radiogenomics/invariance_path.py. Run in this folder after
# invariance.R:   Rscript coefficients.R    (R 4.2.2; glmnet 4.1-6 of Debian 12)
suppressMessages(library(glmnet))
wide <- read.csv("wide.csv")
x <- scale(as.matrix(wide[, -1])) * sqrt(nrow(wide) / (nrow(wide) - 1))   # standard deviation with n, as glmnet has it
path <- glmnet(x, factor(wide$y), family = "binomial", standardize = FALSE, thresh = 1e-14, maxit = 1e7)
rows <- NULL
for (step in c(1, 6, 12, 25, 40)) {
  beta <- path$beta[, step]
  for (column in which(beta != 0)) {
    rows <- rbind(rows, data.frame(step, lambda = path$lambda[step], intercept = path$a0[step], column,
      coefficient = beta[column]))
  }
  if (!any(beta != 0)) rows <- rbind(rows, data.frame(step, lambda = path$lambda[step], intercept = path$a0[step],
    column = 0, coefficient = 0))
}
number <- vapply(rows, is.double, TRUE)
rows[number] <- lapply(rows[number], function(x) sprintf("%.17g", x))
write.csv(rows, "coefficients.csv", row.names = FALSE, quote = FALSE)
