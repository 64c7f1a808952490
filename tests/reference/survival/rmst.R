# Reference numbers for core/survival/rmst, made with R 4.2.2 and survival 3.5-3 (Debian 12).
# Run in this folder after survival.R: Rscript rmst.R
# The mean and its standard error are those that print(survfit, rmean = tau) shows; differences are worked out by hand.
library(survival)
full <- function(frame, file) {
  number <- vapply(frame, is.double, TRUE)
  frame[number] <- lapply(frame[number], function(x) ifelse(is.na(x), "", sprintf("%.17g", x)))
  write.csv(frame, file, row.names = FALSE, na = "", quote = FALSE)
}
writeLines(c(R.version.string, paste("survival", packageVersion("survival"))), "rmst_versions.txt")
lung <- read.csv("lung.csv")
lung <- data.frame(time = lung$time, event = lung$status - 1, group = ifelse(lung$sex == 1, "male", "female"))
veteran <- read.csv("veteran.csv")
veteran <- data.frame(time = veteran$time, event = veteran$status, group = veteran$celltype)
zero <- data.frame(time = c(0, 0, 1, 2, 2, 3), event = c(1, 0, 1, 0, 1, 1), group = "zero")

means <- differences <- NULL
add <- function(name, data, tau) {
  longest <- min(tapply(data$time, data$group, max))
  if (is.na(tau)) tau <- longest
  rows <- NULL
  for (level in sort(unique(data$group))) {
    fit <- survfit(Surv(time, event) ~ 1, data[data$group == level, ])
    shown <- survival:::survmean(fit, rmean = tau)$matrix
    rows <- rbind(rows, data.frame(set = name, group = level, until = tau, n = fit$n,
      events = sum(fit$n.event[fit$time <= tau]), mean = shown[["rmean"]], se = shown[["se(rmean)"]]))
  }
  means <<- rbind(means, rows)
  z <- qnorm(0.975)
  for (i in seq_len(nrow(rows))[-1]) {
    difference <- rows$mean[i] - rows$mean[1]
    se <- sqrt(rows$se[i]^2 + rows$se[1]^2)
    differences <<- rbind(differences, data.frame(set = name, until = tau, group = rows$group[i],
      reference = rows$group[1], difference = difference, se = se, lower = difference - z * se,
      upper = difference + z * se, p = 2 * pnorm(-abs(difference / se))))
  }
}
for (tau in c(NA, 365, 500.5, 3)) add("lung", lung, tau)
for (tau in c(NA, 100)) add("veteran", veteran, tau)
for (tau in c(NA, 2.5)) add("zero", zero, tau)
full(means, "rmst.csv"); full(differences, "rmst_differences.csv")
