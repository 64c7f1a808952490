# What core/stats/roc.py, calibration.py and decision.py are held against: areas, their variances, intervals and tests by
# pROC, logistic calibration by glm, smooths by lowess, net benefit summed patient by patient.
# Run in this folder: Rscript prediction.R   (Debian: r-cran-proc, r-cran-survival)
suppressMessages({library(pROC); library(survival)})
set.seed(1988)
writeLines(c(R.version.string, paste("pROC", packageVersion("pROC")), paste("survival", packageVersion("survival"))),
           "versions.txt")
full <- function(frame, file) {
  number <- vapply(frame, is.double, TRUE)
  frame[number] <- lapply(frame[number], function(x) ifelse(is.na(x), "", sprintf("%.17g", x)))
  write.csv(frame, file, row.names = FALSE, na = "", quote = FALSE)
}

# aSAH (pROC): outcome after subarachnoid haemorrhage, ties in wfns. lung (survival): death within a year, ties in ecog.
data(aSAH)
year <- subset(lung, !(status == 1 & time < 365) & !is.na(ph.ecog) & !is.na(ph.karno))
small <- data.frame(outcome = rep(1:0, c(5, 6)), first = c(9, 7, 7, 3, 8, 1, 2, 7, 4, 0, 3), second = c(1, 5, 2, 2, 4, 3, 2, 6, 5, 2, 7))
n <- 100
made <- data.frame(outcome = rep(1:0, c(40, 60)))
made$first <- round(rnorm(n) + 0.9 * made$outcome, 2)
made$second <- round(0.6 * made$first + rnorm(n) + 0.3 * made$outcome, 1)
sets <- list(
  haemorrhage = data.frame(outcome = as.integer(aSAH$outcome == "Poor"), first = aSAH$s100b, second = as.integer(aSAH$wfns)),
  dying = data.frame(outcome = as.integer(year$status == 2 & year$time < 365), first = year$ph.ecog, second = year$age),
  backwards = data.frame(outcome = as.integer(year$status == 2 & year$time < 365), first = year$ph.karno, second = -year$age),
  small = small, made = made)

scores <- NULL; areas <- NULL; tests <- NULL; points <- NULL
for (name in names(sets)) {
  d <- sets[[name]]
  scores <- rbind(scores, cbind(set = name, d))
  rocs <- list(first = roc(d$outcome, d$first, direction = "<", levels = 0:1),
               second = roc(d$outcome, d$second, direction = "<", levels = 0:1))
  for (which in names(rocs)) {
    r <- rocs[[which]]
    ci <- ci.auc(r, method = "delong")
    areas <- rbind(areas, data.frame(set = name, score = which, auc = as.numeric(auc(r)), variance = var(r),
                                     lower = ci[1], upper = ci[3]))
    p <- coords(r, "all", ret = c("threshold", "sensitivity", "specificity"), transpose = FALSE)
    points <- rbind(points, cbind(set = name, score = which, p[order(-p$threshold), ]))
  }
  t <- roc.test(rocs$first, rocs$second, method = "delong", paired = TRUE)
  tests <- rbind(tests, data.frame(set = name, z = unname(t$statistic), p = t$p.value,
                                   lower = t$conf.int[1], upper = t$conf.int[2]))
}
full(scores, "scores.csv"); full(areas, "areas.csv"); full(tests, "tests.csv"); full(points, "points.csv")

# Probabilities: too extreme, too timid, right but for the level, of few patients, and with ties.
logit <- function(p) log(p / (1 - p))
predictions <- function(n, slope, shift, digits) {
  true <- rnorm(n, -0.5, 1.2)
  data.frame(outcome = rbinom(n, 1, plogis(true)), probability = round(plogis(true * slope + shift), digits))
}
models <- list(extreme = predictions(200, 2, 0, 6), timid = predictions(150, 0.4, 0.3, 6), shifted = predictions(120, 1, -1, 6),
               few = predictions(30, 1, 0, 6), tied = predictions(300, 1, 0, 1))
models$tied$probability <- pmin(pmax(models$tied$probability, 0.1), 0.9)
predicted <- NULL; lines <- NULL; smooths <- NULL; benefits <- NULL
tight <- glm.control(epsilon = 1e-14, maxit = 100)
for (name in names(models)) {
  d <- models[[name]]; x <- logit(d$probability)
  predicted <- rbind(predicted, cbind(set = name, d))
  both <- summary(glm(outcome ~ x, binomial, d, control = tight))$coefficients
  level <- summary(glm(outcome ~ 1, binomial, d, offset = x, control = tight))$coefficients
  lines <- rbind(lines, data.frame(set = name, intercept = both[1, 1], intercept_error = both[1, 2], slope = both[2, 1],
    slope_error = both[2, 2], large = level[1, 1], large_error = level[1, 2],
    brier = mean((d$probability - d$outcome)^2),
    scaled = 1 - mean((d$probability - d$outcome)^2) / mean((mean(d$outcome) - d$outcome)^2)))
  if (name != "tied") {
    s <- lowess(d$probability, d$outcome, f = 0.75, iter = 0, delta = 0)
    smooths <- rbind(smooths, data.frame(set = name, probability = s$x, smooth = s$y))
  }
  for (t in c(0.05, 0.1, 0.2, 0.35, 0.5, 0.8)) {
    treated <- d$probability >= t; odds <- t / (1 - t)
    net <- function(who) (sum(d$outcome[who]) - odds * sum(1 - d$outcome[who])) / nrow(d)
    benefits <- rbind(benefits, data.frame(set = name, threshold = t, net_benefit = net(treated),
                                           treat_all = net(rep(TRUE, nrow(d)))))
  }
}
full(predicted, "predicted.csv"); full(lines, "calibration.csv"); full(smooths, "smooth.csv"); full(benefits, "benefit.csv")
