# Reference numbers for core/survival, made with R 4.2.2 and survival 3.5-3 (Debian 12).
# Run in this folder: Rscript survival.R
# lung:    NCCTG advanced lung cancer, Loprinzi et al. 1994, doi:10.1200/JCO.1994.12.3.601, as in survival::lung
# veteran: Veterans' Administration lung cancer trial, Kalbfleisch and Prentice 1980, as in survival::veteran
library(survival)
full <- function(frame, file) {
  number <- vapply(frame, is.double, TRUE)
  frame[number] <- lapply(frame[number], function(x) ifelse(is.na(x), "", sprintf("%.17g", x)))
  write.csv(frame, file, row.names = FALSE, na = "", quote = FALSE)
}
writeLines(c(R.version.string, paste("survival", packageVersion("survival"))), "versions.txt")

write.csv(lung, "lung.csv", row.names = FALSE, na = "")
write.csv(veteran, "veteran.csv", row.names = FALSE, na = "")
lung$event <- lung$status - 1
lung$group <- ifelse(lung$sex == 1, "male", "female")
lung$ecog <- ifelse(is.na(lung$ph.ecog), NA, paste0("ecog", lung$ph.ecog))
lung$all <- "all"
veteran$event <- veteran$status
veteran$group <- as.character(veteran$celltype)
# Four patients: the curve stands at exactly one half from 2 to 3.
half <- data.frame(time = c(1, 2, 3, 4), event = 1, group = "half")
# Two patients at time zero, one an event; the largest time is an event, so that the curve ends at zero.
zero <- data.frame(time = c(0, 0, 1, 2, 2, 3), event = c(1, 0, 1, 0, 1, 1), group = "zero")

sets <- list(lung_sex = lung, lung_all = transform(lung, group = all), veteran_cell = veteran, half = half, zero = zero)
steps <- medians <- rates <- NULL
for (name in names(sets)) for (level in sort(unique(sets[[name]]$group))) {
  part <- sets[[name]][sets[[name]]$group == level, ]
  fit <- survfit(Surv(time, event) ~ 1, part, conf.type = "log-log")
  steps <- rbind(steps, data.frame(set = name, group = level, time = fit$time, at_risk = fit$n.risk, events = fit$n.event,
    censored = fit$n.censor, survival = fit$surv, lower = fit$lower, upper = fit$upper))
  row <- summary(fit)$table
  back <- summary(survfit(Surv(time, 1 - event) ~ 1, part, conf.type = "log-log"))$table
  medians <- rbind(medians, data.frame(set = name, group = level, n = row[["records"]], events = row[["events"]],
    median = row[["median"]], lower = row[["0.95LCL"]], upper = row[["0.95UCL"]], follow_up = back[["median"]]))
  if (max(part$time) > 180) {
    at <- summary(fit, times = intersect(c(0, 90, 180, 365, 730), 0:max(part$time)))
    rates <- rbind(rates, data.frame(set = name, group = level, time = at$time, at_risk = at$n.risk, survival = at$surv,
      lower = at$lower, upper = at$upper))
  }
}
full(steps, "curves.csv"); full(medians, "medians.csv"); full(rates, "rates.csv")

tests <- NULL
logrank <- function(name, frame) {
  frame <- frame[!is.na(frame$group), ]
  fit <- survdiff(Surv(time, event) ~ group, frame)
  dof <- length(fit$n) - 1
  data.frame(set = name, group = sub("group=", "", names(fit$n)), n = as.vector(fit$n), observed = fit$obs,
    expected = fit$exp, statistic = fit$chisq, dof = dof, p = pchisq(fit$chisq, dof, lower.tail = FALSE))
}
tests <- rbind(logrank("lung_sex", lung), logrank("lung_ecog", transform(lung, group = ecog)), logrank("veteran_cell", veteran))
cells <- sort(unique(veteran$group))
for (pair in combn(cells, 2, simplify = FALSE))
  tests <- rbind(tests, logrank(paste(pair, collapse = "|"), veteran[veteran$group %in% pair, ]))
full(tests, "logrank.csv")
pairs <- unique(tests[grepl("|", tests$set, fixed = TRUE), c("set", "p")])
pairs$p_holm <- p.adjust(pairs$p, "holm")
full(pairs, "holm.csv")

tight <- coxph.control(eps = 1e-13, iter.max = 50, toler.chol = 1e-14)
cox <- function(name, fit) {
  out <- summary(fit)
  data.frame(set = name, term = rownames(out$coefficients), ratio = out$conf.int[, 1], lower = out$conf.int[, 3],
    upper = out$conf.int[, 4], p = out$coefficients[, 5], n = out$n, events = out$nevent, overall_p = out$logtest[["pvalue"]])
}
veteran$cell <- relevel(factor(veteran$group), "squamous")
lung$sex_ <- relevel(factor(lung$group), "male")
lung$score <- factor(lung$ecog)
lung$score012 <- factor(ifelse(lung$ecog == "ecog3", NA, lung$ecog))
lung$sdage <- lung$age / sd(lung$age)
keep <- !is.na(lung$ph.karno)
lung$sdkarno <- lung$ph.karno / sd(lung$ph.karno[keep])
veteran$sdkarno <- veteran$karno / sd(veteran$karno)
full(rbind(
  cox("lung_sex", coxph(Surv(time, event) ~ sex_, lung, ties = "efron", control = tight)),
  cox("lung_ecog", coxph(Surv(time, event) ~ score012, lung, ties = "efron", control = tight)),
  cox("lung_ecog0123", coxph(Surv(time, event) ~ score, lung, ties = "efron", control = tight)),
  cox("veteran_cell", coxph(Surv(time, event) ~ cell, veteran, ties = "efron", control = tight)),
  cox("lung_age_sd", coxph(Surv(time, event) ~ sdage, lung, ties = "efron", control = tight)),
  cox("lung_karno_sd", coxph(Surv(time, event) ~ sdkarno, lung, ties = "efron", control = tight)),
  cox("veteran_karno_sd", coxph(Surv(time, event) ~ sdkarno, veteran, ties = "efron", control = tight))
), "cox.csv")
