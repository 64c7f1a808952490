# Reference numbers for core/survival/cutpoint.py, made with R 4.2.2, survival 3.5-3 and maxstat 0.7-25 (Debian 12).
# Run in this folder: Rscript cutpoint.R
# A cut splits the patients into value <= cut and value > cut. chi_square is survdiff's at every cut; z is maxstat's
# standardised statistic there, which divides by the permutation variance of its scores and counts those at risk
# differently where times are tied; it is empty outside the range that maxstat searched.
# maxstat takes floor(n / 10) as its lower limit, so it may try one cut more than 10 to 90 % allow.
suppressMessages({library(survival); library(maxstat)})
full <- function(frame, file) {
  number <- vapply(frame, is.double, TRUE)
  frame[number] <- lapply(frame[number], function(x) ifelse(is.na(x), "", sprintf("%.17g", x)))
  write.csv(frame, file, row.names = FALSE, na = "", quote = FALSE)
}
packages <- c("survival", "maxstat", "exactRankTests")
writeLines(c(R.version.string, paste(packages, vapply(packages, function(p) as.character(packageVersion(p)), ""))),
  "cutpoint_versions.txt")

lung$event <- lung$status - 1
veteran$event <- veteran$status
# The same patients with their tied times put apart in the order of the file: there the scores hold no ties.
apart <- transform(veteran, time = rank(time, ties.method = "first"))
sets <- list(lung = list(lung, c("age", "ph.karno", "wt.loss")), veteran = list(veteran, c("age", "karno")),
  veteran_apart = list(apart, c("age", "karno")))
curves <- found <- NULL
for (set in names(sets)) for (variable in sets[[set]][[2]]) {
  part <- sets[[set]][[1]]
  part$value <- part[[variable]]
  part <- part[!is.na(part$value), ]
  searched <- maxstat.test(Surv(time, event) ~ value, part, smethod = "LogRank", pmethod = "none",
    minprop = 0.1, maxprop = 0.9)
  cuts <- sort(unique(part$value))
  cuts <- cuts[-length(cuts)]
  chi_square <- vapply(cuts, function(cut) survdiff(Surv(time, event) ~ I(value > cut), part)$chisq, 0)
  curves <- rbind(curves, data.frame(set = set, variable = variable, cut = cuts,
    n_low = vapply(cuts, function(cut) sum(part$value <= cut), 0L), chi_square = chi_square,
    z = searched$stats[match(cuts, searched$cuts)]))
  found <- rbind(found, data.frame(set = set, variable = variable, n = nrow(part), events = sum(part$event),
    cut = searched$estimate[[1]], z = searched$statistic[[1]]))
}
full(curves, "cutpoint_curves.csv"); full(found, "cutpoint.csv")
