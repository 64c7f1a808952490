# Reference numbers for core/stats/harmonise*.py, made with R 4.2.2 (Debian 12) and Bioconductor's sva 3.46.0.
# Run in this folder: Rscript harmonise.R
suppressMessages(library(sva))
writeLines(c(R.version.string, paste("sva", packageVersion("sva"))), "versions.txt")
digits <- function(x) ifelse(is.na(x), "", sprintf("%.17g", x))
store <- function(frame, file) {
  number <- vapply(frame, is.double, TRUE)
  frame[number] <- lapply(frame[number], digits)
  write.csv(frame, file, row.names = FALSE, na = "", quote = FALSE)
}

# 43 patients in batches of 8, 14 and 21; in two batches of 22 and 21. Features of several levels and scales.
set.seed(20261127)
n <- 43; p <- 9
batch3 <- sample(rep(c("A", "B", "C"), c(8, 14, 21)))
batch2 <- ifelse(batch3 == "C", "C", "AB")
age <- round(rnorm(n, 60, 9), 1)
idh <- rbinom(n, 1, ifelse(batch3 == "C", 0.6, 0.35))
size <- 10^seq(-2, 2, length.out = p)
values <- matrix(rnorm(n * p), n)
values <- values * outer(c(A = 0.7, B = 1, C = 1.6)[batch3], rep(1, p)) +
  sapply(1:p, function(j) c(A = -1, B = 0, C = 0.8)[batch3] * rnorm(1, 1, 0.4)) + outer(idh, seq(0, 1, length.out = p)) + 0.02 * (age - 60)
values <- sweep(values, 2, size, "*") + rep(3 * size, each = n)
colnames(values) <- paste0("f", 1:p)
gaps <- values
gaps[cbind(c(1, 5, 9, 9, 20, 33, 41), c(1, 2, 2, 3, 5, 5, 9))] <- NA
flat <- values
flat[batch3 == "B", 4] <- 7
rownames(values) <- NULL
store(data.frame(batch2, batch3, age, idh, values), "patients.csv")
store(data.frame(gaps), "gaps.csv")

combat <- NULL
add <- function(case, dat, ...) {
  out <- t(suppressMessages(ComBat(dat = t(dat), ...)))
  combat <<- rbind(combat, data.frame(case, out))
}
mod <- model.matrix(~ age + idh)
add("two batches", values, batch = batch2)
add("two batches mod", values, batch = batch2, mod = mod)
add("two batches mean only", values, batch = batch2, mean.only = TRUE)
add("three batches", values, batch = batch3)
add("three batches mod", values, batch = batch3, mod = mod)
add("three batches mean only", values, batch = batch3, mean.only = TRUE)
add("three batches mod mean only", values, batch = batch3, mod = mod, mean.only = TRUE)
add("three batches nonparametric", values, batch = batch3, par.prior = FALSE)
add("three batches mod nonparametric", values, batch = batch3, mod = mod, par.prior = FALSE)
add("nonparametric mean only", values, batch = batch3, par.prior = FALSE, mean.only = TRUE)
add("gaps", gaps, batch = batch3)
add("gaps mod", gaps, batch = batch3, mod = mod)
add("gaps mod mean only", gaps, batch = batch3, mod = mod, mean.only = TRUE)
add("gaps nonparametric", gaps, batch = batch3, par.prior = FALSE)
add("flat", flat, batch = batch3, mod = mod)
store(combat, "combat.csv")

# What the batch explains: nested linear models, with and without covariates, and with gaps.
variance <- NULL
for (case in c("plain", "adjusted", "gaps")) for (j in 1:p) {
  y <- if (case == "plain") values[, j] else gaps[, j]
  if (case == "adjusted") y <- values[, j]
  known <- !is.na(y)
  full <- if (case == "plain") lm(y ~ batch3) else lm(y ~ batch3 + age + idh)
  less <- if (case == "plain") lm(y ~ 1) else lm(y ~ age + idh, subset = known)
  test <- anova(less, full)
  variance <- rbind(variance, data.frame(case, feature = paste0("f", j), n = sum(known),
    r2 = 1 - deviance(full) / deviance(less),
    adjusted = 1 - (deviance(full) / full$df.residual) / (deviance(less) / less$df.residual),
    f = test$F[2], dof = test$Df[2], dof_residual = full$df.residual, p = test$`Pr(>F)`[2]))
  if (case == "plain") stopifnot(all.equal(tail(variance$adjusted, 1), summary(full)$adj.r.squared))
}
variance$q <- ave(variance$p, variance$case, FUN = function(x) p.adjust(x, "BH"))
store(variance, "variance.csv")

pictures <- prcomp(values, scale. = TRUE)
store(data.frame(pictures$x[, 1:2], share1 = summary(pictures)$importance[2, 1]), "components.csv")
