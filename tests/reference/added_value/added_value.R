# Reference numbers for core/survival: ladder.py, blocks.py, ipcw.py, dynamic_auc.py, calibrated.py.
# Made with R 4.2.2, survival and riskRegression. Run in this folder: Rscript added_value.R
library(survival)
full <- function(frame, file) {
  number <- vapply(frame, is.double, TRUE)
  frame[number] <- lapply(frame[number], function(x) sprintf("%.17g", x))
  write.table(frame, file, sep = ",", row.names = FALSE, quote = FALSE)
}
tight <- coxph.control(eps = 1e-13, iter.max = 100, toler.chol = 1e-15)

lung <- read.csv("../survival/lung.csv")
lung$event <- lung$status - 1
lung <- lung[lung$ph.ecog %in% 0:2 & complete.cases(lung[c("age", "sex", "ph.karno", "wt.loss", "ph.ecog")]), ]
lung$ecog <- factor(lung$ph.ecog)
forms <- list(
  "clinical" = Surv(time, event) ~ age + sex,
  "clinical + radiomic" = Surv(time, event) ~ age + sex + ph.karno + wt.loss,
  "clinical + genomic" = Surv(time, event) ~ age + sex + ecog,
  "clinical + radiomic + genomic" = Surv(time, event) ~ age + sex + ph.karno + wt.loss + ecog
)
fits <- lapply(forms, coxph, data = lung, ties = "efron", control = tight, x = TRUE)
until <- 400.5
full(do.call(rbind, lapply(names(fits), function(name) {
  fit <- fits[[name]]
  data.frame(model = name, n = fit$n, n_events = fit$nevent, log_likelihood = fit$loglik[2], aic = AIC(fit),
             bic = BIC(fit), harrell = concordance(fit)$concordance,
             uno = concordance(fit, timewt = "n/G2", ymax = until)$concordance)
})), "rungs.csv")

steps <- list(c(2, 1), c(3, 1), c(4, 2), c(4, 3))
full(do.call(rbind, lapply(steps, function(pair) {
  found <- anova(fits[[pair[2]]], fits[[pair[1]]])
  data.frame(model = names(fits)[pair[1]], below = names(fits)[pair[2]], statistic = found$Chisq[2], dof = found$Df[2],
             p = found[2, grep("Pr|P\\(", names(found))])
})), "steps.csv")

# Score test of each candidate beside age and sex: the global score at their maximum and a coefficient of nought.
base <- coef(fits[["clinical"]])
candidates <- c("ph.karno", "wt.loss", "ph.ecog")
full(do.call(rbind, lapply(candidates, function(name) {
  fit <- coxph(reformulate(c("age", "sex", name), "Surv(time, event)"), lung, ties = "efron", init = c(base, 0),
               control = coxph.control(iter.max = 0))
  data.frame(candidate = name, score = fit$score)
})), "scores.csv")

# Survival predicted for some patients of lung, Efron's baseline.
at <- c(90.5, 200.5, 365.5, 700.5)
rows <- c(1, 17, 60, 101)
curves <- summary(survfit(fits[["clinical + radiomic + genomic"]], newdata = lung[rows, ]), times = at)
full(data.frame(row = rep(rows - 1, each = length(at)), time = rep(at, length(rows)),
                survival = as.vector(curves$surv)), "predicted.csv")

# Areas and Brier scores by riskRegression, where no censoring shares its time with an event.
library(riskRegression)
set.seed(7)
n <- 150
x <- rnorm(n); z <- rnorm(n)
time <- rexp(n) * exp(-0.8 * x) * 40; censored <- runif(n, 10, 90)
sim <- data.frame(time = round(pmin(time, censored), 6), event = as.numeric(time <= censored), x = x, z = z)
full(sim, "sim.csv")
fit <- coxph(Surv(time, event) ~ x + z, sim, ties = "efron", control = tight, x = TRUE)
at <- c(6, 12, 24, 48)
score <- Score(list(model = fit), formula = Surv(time, event) ~ 1, data = sim, times = at, metrics = c("auc", "brier"),
               se.fit = FALSE, conf.int = FALSE, cens.model = "km", cens.method = "ipcw")
sim <- as.data.frame(sim)
auc <- as.data.frame(score$AUC$score); brier <- as.data.frame(score$Brier$score)
risk <- sapply(at, function(t) 1 - summary(survfit(fit, newdata = sim), times = t)$surv[1, ])
full(data.frame(time = at, auc = auc$AUC[match(at, auc$times)],
                brier = brier$Brier[brier$model == "model"][match(at, brier$times[brier$model == "model"])],
                brier_without = brier$Brier[brier$model == "Null model"][match(at, brier$times[brier$model == "Null model"])]),
     "areas.csv")

# The same areas from their definition, sums written out: cases by t weighted by 1 / G(t-), controls alike.
censoring <- survfit(Surv(time, 1 - event) ~ 1, sim)
before <- function(t) summary(censoring, times = t - 1e-9, extend = TRUE)$surv
lp <- as.vector(as.matrix(sim[c("x", "z")]) %*% coef(fit))
hand <- sapply(at, function(t) {
  cases <- which(sim$time <= t & sim$event == 1); controls <- which(sim$time > t)
  weight <- 1 / sapply(sim$time[cases], before)
  sum(weight * sapply(cases, function(i) mean((lp[i] > lp[controls]) + (lp[i] == lp[controls]) / 2))) / sum(weight)
})
full(data.frame(time = at, area = hand), "hand.csv")

# Calibration groups: Kaplan-Meier with log-log intervals in fifths of predicted risk at 24.
risk24 <- 1 - summary(survfit(fit, newdata = sim), times = 24)$surv[1, ]
edges <- quantile(risk24, (1:4) / 5)
group <- findInterval(risk24, edges, left.open = TRUE)
full(do.call(rbind, lapply(0:4, function(g) {
  one <- summary(survfit(Surv(time, event) ~ 1, sim[group == g, ], conf.type = "log-log"), times = 24)
  data.frame(group = g + 1, n = sum(group == g), predicted = mean(risk24[group == g]), observed = 1 - one$surv,
             lower = 1 - one$upper, upper = 1 - one$lower)
})), "calibration.csv")

writeLines(c(R.version.string, paste("survival", packageVersion("survival")),
             paste("riskRegression", packageVersion("riskRegression"))), "versions.txt")
