# Reference numbers of every survival method on two more cohorts, made with R 4.2.2 and survival 3.5-3 (Debian 12).
# Run in this folder after demo_table.py: Rscript rossi_demo.R
# rossi: arrests within 52 weeks of release, with many tied weeks (Rossi, Berk and Lenihan 1980); from lifelines
# demo:  the table derived from the synthetic demonstration study, demo.csv; times in months with one decimal
library(survival)
full <- function(frame, file) {
  number <- vapply(frame, is.double, TRUE)
  frame[number] <- lapply(frame[number], function(x) ifelse(is.na(x), "", sprintf("%.17g", x)))
  write.csv(frame, paste0("rossi_demo_", file, ".csv"), row.names = FALSE, na = "", quote = FALSE)
}
writeLines(c(R.version.string, paste("survival", packageVersion("survival"))), "rossi_demo_versions.txt")

rossi <- read.csv("rossi.csv")
rossi <- transform(rossi, time = week, event = arrest, fin = ifelse(fin == 1, "aid", "none"),
  before = as.character(cut(prio, c(-Inf, 1, 4, Inf), c("0 to 1", "2 to 4", "5 or more"))))
demo <- read.csv("demo.csv", na.strings = "")
demo$tp53 <- factor(demo$tp53, c("wild type", "mutated"))
death <- transform(demo, time = os_months, event = os_event)
death <- death[!is.na(death$time), ]
progress <- transform(demo, time = pfs_months, event = pfs_event)
progress <- progress[!is.na(progress$time), ]
sets <- list(
  rossi_aid = list(rossi, "fin"), rossi_before = list(rossi, "before"),
  rossi_all = list(transform(rossi, all = "all"), "all"),
  demo_hpv = list(death, "hpv_status"), demo_stage = list(death, "stage"), demo_subsite = list(progress, "subsite"),
  demo_tp53 = list(progress, "tp53"))
grouped <- function(name) {
  frame <- transform(sets[[name]][[1]], group = sets[[name]][[1]][[sets[[name]][[2]]]])
  frame[!is.na(frame$group), ]
}
several <- setdiff(names(sets), "rossi_all")
at <- function(name) if (startsWith(name, "rossi")) c(0, 10, 26, 52) else c(0, 12, 24, 36.5, 60)

steps <- medians <- rates <- NULL
for (name in names(sets)) for (level in sort(unique(as.character(grouped(name)$group)))) {
  part <- grouped(name)[grouped(name)$group == level, ]
  fit <- survfit(Surv(time, event) ~ 1, part, conf.type = "log-log")
  steps <- rbind(steps, data.frame(set = name, group = level, time = fit$time, at_risk = fit$n.risk, events = fit$n.event,
    censored = fit$n.censor, survival = fit$surv, lower = fit$lower, upper = fit$upper))
  row <- summary(fit)$table
  back <- summary(survfit(Surv(time, 1 - event) ~ 1, part, conf.type = "log-log"))$table
  medians <- rbind(medians, data.frame(set = name, group = level, n = row[["records"]], events = row[["events"]],
    median = row[["median"]], lower = row[["0.95LCL"]], upper = row[["0.95UCL"]], follow_up = back[["median"]]))
  fixed <- summary(fit, times = at(name)[at(name) <= max(part$time)])
  rates <- rbind(rates, data.frame(set = name, group = level, time = fixed$time, at_risk = fixed$n.risk,
    survival = fixed$surv, lower = fixed$lower, upper = fixed$upper))
}
full(steps, "curves"); full(medians, "medians"); full(rates, "rates")

# One row per group: n, observed, expected, and the test they belong to.
row_of <- function(name, kind, levels, n, obs, exp, statistic, dof)
  data.frame(set = name, kind = kind, group = levels, n = n, observed = obs, expected = exp, statistic = statistic,
    dof = dof, p = pchisq(statistic, dof, lower.tail = FALSE))
by_survdiff <- function(name, kind, frame, rho = 0, strata = NULL) {
  formula <- if (is.null(strata)) Surv(time, event) ~ group else
    as.formula(sprintf("Surv(time, event) ~ group + strata(%s)", strata))
  fit <- survdiff(formula, frame, rho = rho)
  sum_up <- function(x) if (is.matrix(x)) rowSums(x) else x
  row_of(name, kind, sub("group=", "", names(fit$n)), as.vector(fit$n), sum_up(fit$obs), sum_up(fit$exp), fit$chisq,
    length(fit$n) - 1)
}
# Fleming and Harrington's weights with gamma > 0, which survdiff has not: two groups, over the times of events.
by_hand <- function(name, frame, rho, gamma) {
  first <- sort(unique(as.character(frame$group)))[1]
  observed <- expected <- variance <- 0
  before <- 1
  for (t in sort(unique(frame$time[frame$event == 1]))) {
    risk <- frame$time >= t; dead <- frame$time == t & frame$event == 1; mine <- frame$group == first
    n <- sum(risk); d <- sum(dead); share <- sum(risk & mine) / n
    w <- before^rho * (1 - before)^gamma
    observed <- observed + w * c(sum(dead & mine), sum(dead & !mine))
    expected <- expected + w * d * c(share, 1 - share)
    if (n > 1) variance <- variance + w^2 * d * share * (1 - share) * (n - d) / (n - 1)
    before <- before * (1 - d / n)
  }
  sizes <- table(as.character(frame$group))
  row_of(name, sprintf("FH %g %g", rho, gamma), names(sizes), as.vector(sizes), observed, expected,
    (observed - expected)[1]^2 / variance, 1)
}
by_score <- function(name, frame, order) {
  fit <- survdiff(Surv(time, event) ~ factor(group, order), frame)
  score <- seq_along(order)
  u <- sum(score * (fit$obs - fit$exp))
  row_of(name, "trend", order, as.vector(fit$n), fit$obs, fit$exp, u^2 / as.vector(score %*% fit$var %*% score), 1)
}
tests <- NULL
for (name in several) {
  tests <- rbind(tests, by_survdiff(name, "log-rank", grouped(name)), by_survdiff(name, "FH 1 0", grouped(name), 1))
  if (startsWith(name, "demo")) tests <- rbind(tests, by_survdiff(name, "by centre", grouped(name), strata = "centre"))
}
for (name in c("rossi_aid", "demo_hpv", "demo_tp53"))
  tests <- rbind(tests, by_hand(name, grouped(name), 0, 1), by_hand(name, grouped(name), 1, 1))
tests <- rbind(tests, by_score("demo_stage", grouped("demo_stage"), c("I", "II", "III", "IV")),
  by_score("rossi_before", grouped("rossi_before"), c("0 to 1", "2 to 4", "5 or more")))
full(tests, "tests")

pairs <- NULL
for (name in c("rossi_before", "demo_stage", "demo_subsite")) {
  frame <- grouped(name)
  found <- NULL
  for (pair in combn(sort(unique(as.character(frame$group))), 2, simplify = FALSE)) {
    fit <- survdiff(Surv(time, event) ~ group, frame[frame$group %in% pair, ])
    found <- rbind(found, data.frame(set = name, first = pair[1], second = pair[2], statistic = fit$chisq,
      p = pchisq(fit$chisq, 1, lower.tail = FALSE)))
  }
  pairs <- rbind(pairs, transform(found, p_holm = p.adjust(p, "holm"), p_bh = p.adjust(p, "BH")))
}
full(pairs, "pairs")

tight <- coxph.control(eps = 1e-13, iter.max = 50, toler.chol = 1e-14)
coefficients <- models <- NULL
cox <- function(name, formula, frame, rows = NULL) {
  frame <- frame[complete.cases(frame[all.vars(formula)]), ]
  if (!is.null(rows)) frame[[rows]] <- frame[[rows]] / sd(frame[[rows]])
  fit <- coxph(formula, frame, ties = "efron", control = tight)
  out <- summary(fit)
  coefficients <<- rbind(coefficients, data.frame(set = name, name = rownames(out$coefficients),
    coefficient = out$coefficients[, "coef"], standard_error = out$coefficients[, "se(coef)"], ratio = out$conf.int[, 1],
    lower = out$conf.int[, 3], upper = out$conf.int[, 4], p = out$coefficients[, "Pr(>|z|)"]))
  models <<- rbind(models, data.frame(set = name, n = fit$n, n_events = fit$nevent, log_likelihood = fit$loglik[2],
    lr_statistic = out$logtest[["test"]], lr_dof = out$logtest[["df"]], lr_p = out$logtest[["pvalue"]],
    concordance = fit$concordance[["concordance"]]))
}
died <- Surv(time, event) ~ .
for (name in c("rossi_aid", "rossi_before", "demo_hpv", "demo_stage", "demo_subsite", "demo_tp53"))
  cox(name, Surv(time, event) ~ group, grouped(name))
cox("rossi_age_sd", Surv(time, event) ~ age, rossi, "age")
cox("rossi_prio_sd", Surv(time, event) ~ prio, rossi, "prio")
cox("demo_volume_sd", Surv(time, event) ~ volume, death, "volume")
cox("demo_entropy_sd", Surv(time, event) ~ entropy, progress, "entropy")
cox("rossi_many", update(died, . ~ fin + age + race + wexp + mar + paro + prio), rossi)
cox("demo_many", update(died, . ~ age + sex + hpv_status + stage + volume + tp53), death)
cox("demo_centre", update(died, . ~ age + hpv_status + subsite + entropy + strata(centre)), progress)
full(coefficients, "cox"); full(models, "cox_models")

means <- differences <- NULL
for (name in several) for (until in at(name)[at(name) >= 26][1:2]) {
  frame <- grouped(name)
  rows <- NULL
  for (level in sort(unique(as.character(frame$group)))) {
    fit <- survfit(Surv(time, event) ~ 1, frame[frame$group == level, ])
    shown <- survival:::survmean(fit, rmean = until)$matrix
    rows <- rbind(rows, data.frame(set = name, group = level, until = until, n = fit$n,
      events = sum(fit$n.event[fit$time <= until]), mean = shown[["rmean"]], se = shown[["se(rmean)"]]))
  }
  means <- rbind(means, rows)
  for (i in seq_len(nrow(rows))[-1]) {
    difference <- rows$mean[i] - rows$mean[1]
    se <- sqrt(rows$se[i]^2 + rows$se[1]^2)
    differences <- rbind(differences, data.frame(set = name, until = until, group = rows$group[i],
      reference = rows$group[1], difference = difference, se = se, lower = difference - qnorm(0.975) * se,
      upper = difference + qnorm(0.975) * se, p = 2 * pnorm(-abs(difference / se))))
  }
}
full(means, "rmst"); full(differences, "rmst_differences")
