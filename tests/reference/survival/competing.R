# Reference numbers for core/survival/competing, made with R 4.2.2, cmprsk 2.2-11 and survival 3.5-3 (Debian 12).
# Run in this folder: Rscript competing.R
# mgus2: monoclonal gammopathy, Kyle et al. 2002, doi:10.1056/NEJMoa01133202, as in survival::mgus2;
#        cause 1 = plasma cell malignancy, 2 = death without it, 0 = censored; months.
library(survival)
library(cmprsk)
full <- function(frame, file) {
  number <- vapply(frame, is.double, TRUE)
  frame[number] <- lapply(frame[number], function(x) ifelse(is.na(x), "", sprintf("%.17g", x)))
  write.csv(frame, file, row.names = FALSE, na = "", quote = FALSE)
}
versions <- c(paste("survival", packageVersion("survival")), paste("cmprsk", packageVersion("cmprsk")))
writeLines(c(R.version.string, versions), "competing_versions.txt")

mgus <- data.frame(time = ifelse(mgus2$pstat == 1, mgus2$ptime, mgus2$futime),
  cause = ifelse(mgus2$pstat == 1, 1, 2 * mgus2$death), sex = as.character(mgus2$sex),
  age = as.character(cut(mgus2$age, c(0, 65, 80, Inf), c("a_below65", "b_65to79", "c_from80"), right = FALSE)))
write.csv(mgus, "mgus2.csv", row.names = FALSE, quote = FALSE)
# Three causes, ties between them and with censoring, times of zero, and a curve of one group that ends with an event.
small <- data.frame(
  time = c(0, 0, 1, 1, 1, 2, 2, 3, 4, 4, 0, 1, 1, 2, 3, 3, 3, 5, 6, 6, 7),
  cause = c(1, 0, 1, 2, 0, 3, 1, 2, 1, 1, 2, 1, 1, 0, 2, 3, 1, 1, 3, 0, 0),
  group = rep(c("a", "b"), c(10, 11)))
# Small groups of which one ends early, so that fewer groups are compared later.
early <- mgus[1:240, ]
early$group <- rep(c("a", "b", "c"), 80)
stop <- early$group == "c" & early$time > 40
early$time[stop] <- 40
early$cause[stop] <- 0
# One group has all its events before the other two have any.
apart <- data.frame(time = c(1:20, 20 + (0:59) %/% 2), cause = 1, group = c(rep("a", 20), rep(c("b", "c"), 30)))

sets <- list(mgus_sex = transform(mgus, group = sex), mgus_age = transform(mgus, group = age), small = small, early = early,
  apart = apart)
steps <- gray <- NULL
for (name in names(sets)) {
  data <- sets[[name]]
  tested <- cuminc(data$time, data$cause, data$group)$Tests
  gray <- rbind(gray, data.frame(set = name, cause = as.integer(rownames(tested)), statistic = tested[, "stat"],
    dof = as.integer(tested[, "df"]), p = tested[, "pv"]))
  if (name %in% c("mgus_age", "apart")) next
  causes <- sort(unique(data$cause[data$cause > 0]))
  for (level in sort(unique(data$group))) {
    part <- data[data$group == level, ]
    times <- sort(unique(part$time))
    if (nrow(part) > 50) times <- times[c(TRUE, FALSE, FALSE, FALSE)]
    points <- timepoints(cuminc(part$time, part$cause), times)
    states <- survfit(Surv(time, factor(cause, c(0, causes))) ~ 1, part)
    for (k in causes) {
      row <- paste(1, k)
      est <- if (row %in% rownames(points$est)) points$est[row, ] else 0 * times
      var <- if (row %in% rownames(points$var)) points$var[row, ] else 0 * times
      other <- states$pstate[match(times, states$time), match(as.character(k), states$states)]
      half <- qnorm(0.975) * sqrt(var) / (est * log(est))
      band <- est > 0 & est < 1
      steps <- rbind(steps, data.frame(set = name, group = level, cause = as.integer(k), time = times,
        at_risk = vapply(times, function(t) sum(part$time >= t), 1L), incidence = est, survfit = other, variance = var,
        lower = ifelse(band, est^exp(-half), NA), upper = ifelse(band, est^exp(half), NA)))
    }
  }
}
full(steps, "incidence.csv"); full(gray, "gray.csv")
