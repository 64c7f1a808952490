# Reference numbers for core/survival/ridge_fit.py, made with R 4.2.2 and survival 3.5-3 (Debian 12).
# Run in this folder: Rscript ridge.R
# coxph with ridge(..., theta = penalty, scale = FALSE) on columns of unit standard deviation, ties by Efron.
library(survival)
tight <- coxph.control(eps = 1e-13, iter.max = 100, toler.chol = 1e-14)
full <- function(frame, file) {
  writeLines(paste0("# ", R.version.string, ", survival ", packageVersion("survival")), file)
  number <- vapply(frame, is.double, TRUE)
  frame[number] <- lapply(frame[number], function(x) sprintf("%.17g", x))
  suppressWarnings(write.table(frame, file, sep = ",", row.names = FALSE, quote = FALSE, append = TRUE))
}
lung$event <- lung$status - 1
veteran$event <- veteran$status
models <- list(
  lung = list(lung, c("age", "sex", "ph.karno", "wt.loss"), NULL, c(1, 25, 400)),
  veteran_strata = list(veteran, c("karno", "age", "diagtime"), "celltype", c(1, 25, 400))
)
coefficients <- whole <- NULL
for (name in names(models)) {
  model <- models[[name]]
  frame <- model[[1]][complete.cases(model[[1]][model[[2]]]), ]
  for (column in model[[2]]) frame[[column]] <- (frame[[column]] - mean(frame[[column]])) / sd(frame[[column]])
  for (theta in model[[4]]) {
    penalised <- sprintf("ridge(%s, theta = %g, scale = FALSE)", paste(model[[2]], collapse = ", "), theta)
    strata <- if (!is.null(model[[3]])) sprintf("strata(%s)", model[[3]])
    fit <- coxph(reformulate(c(penalised, strata), "Surv(time, event)"), frame, control = tight)
    coefficients <- rbind(coefficients, data.frame(set = name, penalty = theta, name = model[[2]], coefficient = coef(fit)))
    whole <- rbind(whole, data.frame(set = name, penalty = theta, log_likelihood = fit$loglik[2], dof = fit$df))
  }
}
full(coefficients, "ridge_coefficients.csv"); full(whole, "ridge.csv")
