# Reference numbers for the analysis of competing events, made with R 4.2.2, cmprsk 2.2-11 and survival 3.5-3 (Debian 12).
# Run in this folder, after competing_demo_table.py has written competing_demo.csv: Rscript competing_demo.R
library(survival)
library(cmprsk)
full <- function(frame, file) {
  number <- vapply(frame, is.double, TRUE)
  frame[number] <- lapply(frame[number], function(x) ifelse(is.na(x), "", sprintf("%.17g", x)))
  write.csv(frame, file, row.names = FALSE, na = "", quote = FALSE)
}
versions <- c(paste("survival", packageVersion("survival")), paste("cmprsk", packageVersion("cmprsk")))
writeLines(c(R.version.string, versions), "competing_demo_versions.txt")

demo <- read.csv("competing_demo.csv", na.strings = "")
marks <- c(12, 24, 60)
rates <- tests <- ratios <- NULL
for (by in c("hpv", "stage")) {
  part <- demo[!is.na(demo[[by]]), ]
  group <- part[[by]]
  found <- cuminc(part$time, part$cause, group)
  gray <- as.data.frame(found$Tests)
  tests <- rbind(tests, data.frame(by = by, cause = as.integer(rownames(gray)), n = nrow(part), statistic = gray$stat,
    dof = as.integer(gray$df), p = gray$pv, holm = p.adjust(gray$pv, "holm")))
  points <- timepoints(found, marks)
  for (row in rownames(points$est)) {
    level <- sub(" [12]$", "", row)
    own <- part[group == level, ]
    est <- points$est[row, ]; var <- points$var[row, ]
    cause <- as.integer(sub("^.* ", "", row))
    km <- summary(survfit(Surv(time, cause == 1) ~ 1, own), times = marks, extend = TRUE)$surv
    half <- qnorm(0.975) * sqrt(var) / (est * log(est))
    rates <- rbind(rates, data.frame(by = by, group = level, cause = cause, time = marks,
      at_risk = vapply(marks, function(t) sum(own$time >= t), 1L), incidence = est, lower = est^exp(-half),
      upper = est^exp(half), km = if (cause == 1) 1 - km else NA_real_))
  }
  for (k in 1:2) {
    part$came <- part$cause == k
    control <- coxph.control(eps = 1e-12, toler.chol = 1e-14, iter.max = 50)
    cox <- summary(coxph(Surv(time, came) ~ group, part, control = control))$conf.int
    ratios <- rbind(ratios, data.frame(by = by, cause = k, group = sub("^group", "", rownames(cox)),
      ratio = cox[, 1], lower = cox[, 3], upper = cox[, 4]))
  }
}
full(rates, "competing_demo_rates.csv"); full(tests, "competing_demo_tests.csv"); full(ratios, "competing_demo_ratios.csv")
