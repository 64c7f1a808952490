# Reference numbers for core/radiogenomics: logistic.py, forward.py, ntcp.py, dose.py, made with R 4.2.2 and MASS.
# Run in this folder: Rscript dose.R
library(MASS)
tight <- glm.control(epsilon = 1e-14, maxit = 100)
full <- function(frame, file) {
  number <- vapply(frame, is.double, TRUE)
  frame[number] <- lapply(frame[number], function(x) sprintf("%.17g", x))
  write.table(frame, file, sep = ",", row.names = FALSE, quote = FALSE)
}

# Logistic models of low birth weight, and the score tests of what could be added to them.
names_ <- c("age", "lwt", "smoke", "ptl", "ht", "ui", "ftv")
full(birthwt[c("low", names_)], "birthwt.csv")
fits <- adds <- NULL
chosen <- character()
for (order in 0:5) {
  fit <- glm(reformulate(c("1", chosen), "low"), binomial, birthwt, control = tight)
  table <- coef(summary(fit))
  fits <- rbind(fits, data.frame(order, term = rownames(table), coefficient = table[, 1], se = table[, 2],
                                 log_likelihood = as.numeric(logLik(fit))))
  open <- setdiff(names_, chosen)
  tested <- add1(fit, reformulate(c(chosen, open)), test = "Rao")[open, ]
  adds <- rbind(adds, data.frame(order, candidate = open, score = tested[, "Rao score"]))
  chosen <- c(chosen, open[which.max(tested[, "Rao score"])])
}
full(fits, "logistic.csv"); full(adds, "scores.csv")

# Lyman-Kutcher-Burman curves of two-bin tables, by probit regression; intervals from the same with one parameter held.
set.seed(20)
n <- 160
table <- data.frame(dose1 = round(runif(n, 5, 35), 2), dose2 = round(runif(n, 35, 70), 2), share1 = round(runif(n, 0.2, 0.8), 2))
eud <- function(n) with(table, (share1 * dose1^(1 / n) + (1 - share1) * dose2^(1 / n))^n)
table$event <- rbinom(n, 1, pnorm((eud(0.5) - 45) / (0.3 * 45)))
full(table, "lkb_patients.csv")
rows <- NULL
for (volume in c(0.1, 0.25, 0.5, 1, 2)) {
  d <- eud(volume)
  y <- table$event
  fit <- glm(y ~ d, binomial("probit"), control = tight)
  m <- unname(-1 / coef(fit)[1]); td50 <- unname(-coef(fit)[1] / coef(fit)[2])
  top <- as.numeric(logLik(fit))
  held_td50 <- function(t) as.numeric(logLik(glm(y ~ 0 + I(d / t - 1), binomial("probit"), control = tight)))
  held_m <- function(m) as.numeric(logLik(glm(y ~ 0 + d + offset(rep(-1 / m, length(d))), binomial("probit"), start = 1 / m / td50, control = tight)))
  ends <- function(held, value) vapply(c(0.6, 1.8), function(by)
    uniroot(function(v) held(v) - top + qchisq(0.95, 1) / 2, sort(c(value, value * by)), tol = 1e-11)$root, 0)
  a <- ends(held_td50, td50); b <- ends(held_m, m)
  rows <- rbind(rows, data.frame(n = volume, td50, m, log_likelihood = top, td50_low = a[1], td50_high = a[2], m_low = b[1], m_high = b[2]))
}
full(rows, "lkb.csv")

# The same with the volume parameter free.
y <- table$event
top_at <- function(volume, t = NULL) {
  d <- eud(volume)
  fit <- if (is.null(t)) glm(y ~ d, binomial("probit"), control = tight) else
    glm(y ~ 0 + I(d / t - 1), binomial("probit"), control = tight)
  as.numeric(logLik(fit))
}
best <- function(t = NULL) optimize(function(v) top_at(exp(v), t), log(c(0.05, 4)), maximum = TRUE, tol = 1e-10)
free <- best()
volume <- exp(free$maximum)
fit <- glm(y ~ eud(volume), binomial("probit"), control = tight)
fall <- free$objective - qchisq(0.95, 1) / 2
find <- function(f, a, b) uniroot(function(v) f(exp(v)) - fall, log(c(a, b)), tol = 1e-10)$root
td50 <- unname(-coef(fit)[1] / coef(fit)[2])
full(data.frame(n = volume, td50, m = unname(-1 / coef(fit)[1]), log_likelihood = free$objective,
                n_low = exp(find(top_at, 0.02, volume)), n_high = exp(find(top_at, volume, 4.9)),
                td50_low = exp(find(function(t) best(t)$objective, td50 * 0.6, td50)),
                td50_high = exp(find(function(t) best(t)$objective, td50, td50 * 1.6))), "lkb_free.csv")

# The curves themselves.
grid <- expand.grid(dose = c(0, 5, 20, 30.8, 60, 90), td50 = c(30.8, 55), m = c(0.1, 0.37))
grid$ntcp <- with(grid, pnorm((dose - td50) / (m * td50)))
grid$logistic <- with(grid, ifelse(dose == 0, 0, plogis(4 / (m * sqrt(2 * pi)) * log(dose / td50))))
full(grid, "curves.csv")
writeLines(c(R.version.string, paste("MASS", packageVersion("MASS"))), "versions.txt")
