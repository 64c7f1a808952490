# Reference numbers for the weighted, stratified and trend log-rank tests, made with R 4.2.2 and survival 3.5-3.
# Run in this folder: Rscript tests.R
# Data: survival::lung and survival::veteran, written to lung.csv and veteran.csv by survival.R.
library(survival)
full <- function(frame, file) {
  number <- vapply(frame, is.double, TRUE)
  frame[number] <- lapply(frame[number], function(x) ifelse(is.na(x), "", sprintf("%.17g", x)))
  write.csv(frame, file, row.names = FALSE, na = "", quote = FALSE)
}
writeLines(c(R.version.string, paste("survival", packageVersion("survival"))), "tests_versions.txt")

lung$event <- lung$status - 1
veteran$event <- veteran$status
ecog <- transform(lung[!is.na(lung$ph.ecog) & lung$ph.ecog < 3, ], group = paste0("ecog", ph.ecog))
sex <- transform(lung, group = ifelse(sex == 1, "male", "female"))
cell <- transform(veteran, group = as.character(celltype))
thirds <- quantile(veteran$karno, c(1, 2) / 3)
karno <- transform(veteran, group = as.character(cut(karno, c(-Inf, thirds, Inf), c("low", "middle", "high"))))
sets <- list(lung_sex = sex, lung_ecog = ecog, veteran_cell = cell, veteran_karno = karno)

rows <- function(name, kind, rho, gamma, levels, n, obs, exp, statistic, dof)
  data.frame(set = name, kind = kind, rho = rho, gamma = gamma, group = levels, n = n, observed = obs, expected = exp,
    statistic = statistic, dof = dof, p = pchisq(statistic, dof, lower.tail = FALSE))

# survdiff: events are weighted by S(t-)^rho.
by_survdiff <- function(name, frame, rho) {
  fit <- survdiff(Surv(time, event) ~ group, frame, rho = rho)
  rows(name, "survdiff", rho, 0, sub("group=", "", names(fit$n)), as.vector(fit$n), fit$obs, fit$exp, fit$chisq,
    length(fit$n) - 1)
}

# survdiff knows no gamma: the same sums by hand from the pooled curve and the counts at risk of each group.
by_hand <- function(name, frame, rho, gamma) {
  pooled <- survfit(Surv(time, event) ~ 1, frame)
  at <- pooled$n.event > 0
  time <- pooled$time[at]; d <- pooled$n.event[at]; n <- pooled$n.risk[at]
  before <- c(1, pooled$surv[at][-sum(at)])
  w <- before^rho * (1 - before)^gamma
  levels <- sort(unique(frame$group))
  risk <- sapply(levels, function(g) vapply(time, function(t) sum(frame$time >= t & frame$group == g), 0))
  dead <- sapply(levels, function(g) vapply(time, function(t) sum(frame$time == t & frame$event == 1 & frame$group == g), 0))
  obs <- colSums(w * dead); exp <- colSums(w * d * risk / n)
  chance <- ifelse(n > 1, w^2 * d * (n - d) / (n - 1), 0)
  V <- matrix(0, length(levels), length(levels))
  for (j in seq_along(time)) { q <- risk[j, ] / n[j]; V <- V + chance[j] * (diag(q) - q %o% q) }
  keep <- seq_along(levels)[-1]
  u <- (obs - exp)[keep]
  rows(name, "hand", rho, gamma, levels, as.vector(table(frame$group)), obs, exp, sum(u * solve(V[keep, keep], u)),
    length(keep))
}
weighted <- NULL
for (name in names(sets)) {
  for (rho in c(0, 1, 0.5)) weighted <- rbind(weighted, by_survdiff(name, sets[[name]], rho))
  for (pair in list(c(0, 1), c(1, 1), c(0.5, 0.5), c(0, 2), c(0.5, 0)))
    weighted <- rbind(weighted, by_hand(name, sets[[name]], pair[1], pair[2]))
}
full(weighted, "weighted.csv")

by_strata <- function(name, frame, by) {
  frame$by <- frame[[by]]
  frame <- frame[!is.na(frame$by), ]
  fit <- survdiff(Surv(time, event) ~ group + strata(by), frame)
  alone <- sum(tapply(frame$group, frame$by, function(g) length(unique(g))) == 1)
  cbind(rows(name, "survdiff", 0, 0, sub("group=", "", names(fit$n)), as.vector(fit$n), rowSums(fit$obs),
    rowSums(fit$exp), fit$chisq, length(fit$n) - 1), by = by, strata = length(unique(frame$by)), alone = alone)
}
# Centre and performance status together: several strata have patients of one sex only.
sex$place <- ifelse(is.na(sex$inst) | is.na(sex$ph.ecog), NA, paste(sex$inst, sex$ph.ecog))
full(rbind(by_strata("lung_sex", sex, "inst"), by_strata("lung_sex", sex, "place"), by_strata("lung_ecog", ecog, "inst"),
  by_strata("veteran_cell", cell, "trt"), by_strata("veteran_karno", karno, "trt")), "stratified.csv")

# Scores s: u = s'(O - E), variance s'Vs, with observed, expected and variance of survdiff.
by_score <- function(name, frame, order, scores) {
  fit <- survdiff(Surv(time, event) ~ factor(group, order), frame)
  u <- sum(scores * (fit$obs - fit$exp))
  cbind(rows(name, "survdiff", 0, 0, order, as.vector(fit$n), fit$obs, fit$exp,
    u^2 / as.vector(scores %*% fit$var %*% scores), 1), score = scores, u = u)
}
full(rbind(
  by_score("lung_sex", sex, c("female", "male"), c(1, 2)),
  by_score("lung_ecog", ecog, c("ecog0", "ecog1", "ecog2"), c(1, 2, 3)),
  by_score("veteran_karno", karno, c("low", "middle", "high"), c(1, 2, 3)),
  by_score("veteran_karno", karno, c("low", "middle", "high"), c(30, 60, 85)),
  by_score("veteran_cell", cell, c("squamous", "large", "smallcell", "adeno"), c(1, 2, 3, 4))
), "trend.csv")
