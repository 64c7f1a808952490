# Reference numbers for core/survival/splines.py and the curves of core/survival/cox_effects.py, made with R 4.2.2,
# survival 3.5-3 and Hmisc 4.8-0 (Debian 12). Run in this folder: Rscript splines.R
# Cox models with restricted cubic splines: knots and columns by Hmisc::rcspline.eval, the fit by coxph, ties by Efron;
# the test of each whole curve and of its bend by differences of log-likelihoods; the curve against the median by hand.
library(survival)
library(Hmisc)
tight <- coxph.control(eps = 1e-13, iter.max = 50, toler.chol = 1e-14)
full <- function(frame, file) {
  writeLines(paste0("# ", R.version.string, ", survival ", packageVersion("survival"), ", Hmisc ",
    packageVersion("Hmisc")), file)
  number <- vapply(frame, is.double, TRUE)
  frame[number] <- lapply(frame[number], function(x) ifelse(is.na(x), "", sprintf("%.17g", x)))
  suppressWarnings(write.table(frame, file, sep = ",", row.names = FALSE, na = "", quote = FALSE, append = TRUE))
}
lung$event <- lung$status - 1
lung$sex <- factor(ifelse(lung$sex == 1, "male", "female"), levels = c("male", "female"))
veteran$event <- veteran$status
# Beside the number: other covariates, strata, knots. `small` has fewer than 100 patients: other outer knots.
models <- list(
  lung_age = list(lung, "age", "sex", NULL, 4),
  lung_age3 = list(lung, "age", c("sex", "ph.karno"), NULL, 3),
  lung_meal = list(lung, "meal.cal", "sex", NULL, 4),
  small = list(veteran[veteran$trt == 1, ], "age", "karno", NULL, 4),
  veteran_age = list(veteran, "age", "karno", "celltype", 5)
)
knots <- whole <- curve <- NULL
for (name in names(models)) {
  model <- models[[name]]
  frame <- model[[1]]
  frame <- frame[complete.cases(frame[c(model[[2]], model[[3]])]), ]
  x <- frame[[model[[2]]]]
  # fractied = 0: no knot is moved away from values that many patients share.
  at <- rcspline.eval(x, nk = model[[5]], knots.only = TRUE, fractied = 0)
  knots <- rbind(knots, data.frame(set = name, knot = at))
  columns <- function(values) rcspline.eval(values, knots = at, inclx = TRUE)
  frame$spline <- columns(x)
  others <- c(model[[3]], if (!is.null(model[[4]])) paste0("strata(", model[[4]], ")"))
  with <- function(term) coxph(reformulate(c(term, others), "Surv(time, event)"), frame, control = tight)
  fit <- with("spline"); line <- with(model[[2]])
  none <- coxph(reformulate(others, "Surv(time, event)"), frame, control = tight)
  statistic <- 2 * (fit$loglik[2] - c(none$loglik[2], line$loglik[2]))
  dof <- model[[5]] - c(1, 2)
  whole <- rbind(whole, data.frame(set = name, n = fit$n, n_events = fit$nevent, lr_statistic = statistic[1],
    lr_p = pchisq(statistic[1], dof[1], lower.tail = FALSE), nonlinear_statistic = statistic[2],
    nonlinear_p = pchisq(statistic[2], dof[2], lower.tail = FALSE), ph_p = cox.zph(fit)$table["spline", "p"]))
  values <- seq(quantile(x, 0.05), quantile(x, 0.95), length.out = 101)[c(1, 20, 40, 51, 70, 90, 101)]
  contrast <- function(high, low) {
    of <- seq_len(model[[5]] - 1)
    difference <- columns(high) - columns(rep(low, length(high)))
    error <- sqrt(rowSums((difference %*% vcov(fit)[of, of]) * difference))
    middle <- drop(difference %*% coef(fit)[of])
    data.frame(ratio = exp(middle), lower = exp(middle - qnorm(0.975) * error), upper = exp(middle + qnorm(0.975) * error))
  }
  quarters <- quantile(x, c(0.25, 0.75))
  curve <- rbind(curve, data.frame(set = name, kind = "curve", value = values, contrast(values, median(x))),
    data.frame(set = name, kind = "quartiles", value = quarters[2], contrast(quarters[2], quarters[1])))
}
full(knots, "splines_knots.csv"); full(whole, "splines.csv"); full(curve, "splines_curve.csv")
