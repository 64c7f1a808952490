# Reference numbers for core/radiogenomics/logistic_curve.py, made with R 4.2.2: logistic regression on the log dose.
# Run in this folder: Rscript logistic_curve.R
tight <- glm.control(epsilon = 1e-14, maxit = 100)
table <- read.csv("lkb_patients.csv")
rows <- NULL
for (a in c(0.5, 1, 4)) {
  x <- with(table, log((share1 * dose1^a + (1 - share1) * dose2^a)^(1 / a)))
  y <- table$event
  fit <- glm(y ~ x, binomial, control = tight)
  top <- as.numeric(logLik(fit))
  slope <- unname(coef(fit)[2]); d50 <- unname(exp(-coef(fit)[1] / slope))
  held_d50 <- function(d) as.numeric(logLik(glm(y ~ 0 + I(x - log(d)), binomial, control = tight)))
  held_slope <- function(s) as.numeric(logLik(glm(y ~ 1 + offset(s * x), binomial, control = tight)))
  ends <- function(held, value) vapply(c(0.2, 3), function(by)
    uniroot(function(v) held(v) - top + qchisq(0.95, 1) / 2, sort(c(value, value * by)), tol = 1e-11)$root, 0)
  p <- ends(held_d50, d50); q <- ends(held_slope, slope)
  rows <- rbind(rows, data.frame(a, d50, d50_low = p[1], d50_high = p[2], gamma50 = slope / 4, gamma50_low = q[1] / 4,
                                 gamma50_high = q[2] / 4, log_likelihood = top,
                                 log_likelihood_null = as.numeric(logLik(glm(y ~ 1, binomial)))))
}
rows[] <- lapply(rows, function(x) sprintf("%.17g", x))
write.table(rows, "logistic_curve.csv", sep = ",", row.names = FALSE, quote = FALSE)
