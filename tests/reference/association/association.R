# Reference numbers for core/stats/association.py and mutation.py, made with R 4.2.2 (Debian 12), survival 3.5-3 for its data.
# Run in this folder: Rscript association.R
library(survival)
writeLines(c(R.version.string, paste("survival", packageVersion("survival"))), "versions.txt")
full <- function(frame, file) {
  number <- vapply(frame, is.double, TRUE)
  frame[number] <- lapply(frame[number], function(x) ifelse(is.na(x), "", sprintf("%.17g", x)))
  write.csv(frame, file, row.names = FALSE, na = "", quote = FALSE)
}
lung$old <- lung$age > 65
few <- chisq.test(table(lung$sex, lung$ph.ecog), correct = FALSE)$expected
stopifnot(min(few) < 5)
rows <- NULL
add <- function(case, test, statistic = NA, dof = NA, p, v = NA)
  rows <<- rbind(rows, data.frame(case, test, statistic = unname(statistic), dof = unname(dof), p, v = unname(v)))
cramer <- function(t) { x <- chisq.test(t, correct = FALSE); sqrt(x$statistic / sum(t) / (min(dim(t)) - 1)) }
t1 <- table(lung$sex, lung$old)
add("lung sex by old", "Fisher", p = fisher.test(t1)$p.value, v = cramer(t1))
t2 <- table(veteran$celltype, veteran$trt)
x2 <- chisq.test(t2, correct = FALSE)
add("veteran celltype by trt", "chi-square", x2$statistic, x2$parameter, x2$p.value, cramer(t2))
options(warn = -1)
t3 <- table(lung$sex, lung$ph.ecog)
set.seed(1)
x3 <- chisq.test(t3, simulate.p.value = TRUE, B = 2e6)
add("lung sex by ecog", "Monte-Carlo", x3$statistic, NA, x3$p.value, cramer(t3))
k <- kruskal.test(karno ~ celltype, veteran)
add("veteran karno by celltype", "Kruskal-Wallis", k$statistic, k$parameter, k$p.value)
w <- wilcox.test(age ~ sex, lung, exact = FALSE, correct = TRUE)
add("lung age by sex", "Mann-Whitney", w$statistic, NA, w$p.value)
e <- wilcox.test(c(1.1, 2.3, 3.7, 0.4, 9.1), c(4.2, 5.5, 6.1, 7.3, 8.8, 9.7), exact = TRUE)
add("five against six", "Mann-Whitney exact", e$statistic, NA, e$p.value)
full(rows, "tests.csv")
p <- c(0.001, 0.2, 0.03, 0.04, 0.5)
full(data.frame(p, q = p.adjust(p, "BH")), "bh.csv")
counts <- data.frame(mutated = c(0L, 3L, 71L, 20L), profiled = c(20L, 10L, 120L, 20L))
ci <- t(mapply(function(x, n) prop.test(x, n, correct = FALSE)$conf.int, counts$mutated, counts$profiled))
full(cbind(counts, lower = ci[, 1], upper = ci[, 2]), "wilson.csv")
