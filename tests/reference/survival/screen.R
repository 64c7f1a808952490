# Reference numbers for core/survival/screen.py, made with R 4.2.2 and survival 3.5-3 (Debian 12).
# Run in this folder: Rscript screen.R
# lung and veteran are those of survival.R. One row per feature: its coefficient per standard deviation of the
# patients used, its standard error, and the likelihood-ratio p of adding it to the model without it.
library(survival)
tight <- coxph.control(eps = 1e-14, iter.max = 100, toler.chol = 1e-15)
one <- function(set, frame, feature, adjust = NULL, strata = NULL) {
  frame <- frame[complete.cases(frame[c("time", "event", feature, adjust, strata)]), ]
  frame$x <- (frame[[feature]] - mean(frame[[feature]])) / sd(frame[[feature]])
  others <- c(adjust, if (!is.null(strata)) sprintf("strata(%s)", strata))
  model <- function(terms) coxph(reformulate(terms, "Surv(time, event)"), frame, ties = "efron", control = tight)
  fit <- model(c("x", others))
  without <- if (is.null(adjust)) fit$loglik[1] else model(others)$loglik[2]
  data.frame(set = set, feature = feature, n = fit$n, n_events = fit$nevent, coefficient = coef(fit)[["x"]],
    standard_error = sqrt(vcov(fit)["x", "x"]), wald_p = summary(fit)$coefficients["x", "Pr(>|z|)"],
    lr_p = pchisq(2 * (fit$loglik[length(fit$loglik)] - without), 1, lower.tail = FALSE))
}
lung$event <- lung$status - 1
veteran$event <- veteran$status
clinical <- c("age", "sex", "ph.ecog", "ph.karno", "pat.karno", "meal.cal", "wt.loss")
trial <- c("trt", "karno", "diagtime", "age", "prior")
screen <- function(set, frame, features, ...)
  do.call(rbind, lapply(features, function(feature) one(set, frame, feature, ...)))
rows <- rbind(
  screen("lung", lung, clinical),
  screen("lung_adjusted", lung, setdiff(clinical, c("age", "sex")), adjust = c("age", "sex")),
  screen("lung_stratified", lung, setdiff(clinical, "sex"), strata = "sex"),
  screen("veteran", veteran, trial),
  screen("veteran_adjusted", veteran, setdiff(trial, c("age", "trt")), adjust = c("age", "trt"), strata = "celltype")
)
rows <- do.call(rbind, lapply(split(rows, rows$set), function(part) transform(part, q = p.adjust(part$lr_p, "BH"))))
number <- vapply(rows, is.double, TRUE)
rows[number] <- lapply(rows[number], function(x) sprintf("%.17g", x))
writeLines(c(sprintf("# %s, survival %s", R.version.string, packageVersion("survival"))), "screen.csv")
suppressWarnings(write.table(rows, "screen.csv", append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
