# Reference numbers for core/radiogenomics/screen.py, made with R 4.2.2 (Debian 12) and coin 1.4-2.
# Run in this folder: Rscript screen.R
suppressMessages(library(coin))
writeLines(c(R.version.string, paste("coin", packageVersion("coin"))), "screen_versions.txt")
options(warn = -1)
full <- function(frame, file) {
  number <- vapply(frame, is.double, TRUE)
  frame[number] <- lapply(frame[number], function(x) ifelse(is.na(x), "", sprintf("%.17g", x)))
  write.csv(frame, file, row.names = FALSE, na = "", quote = FALSE)
}

# ---- Patients: features with and without ties and gaps, genes common and rare, three centres.
set.seed(2026)
n <- 60
centre <- sample(c("A", "B", "C"), n, replace = TRUE, prob = c(0.5, 0.3, 0.2))
volume <- rlnorm(n)
age <- round(rnorm(n, 62, 9))
shift <- c(A = 0, B = 0.8, C = -0.5)[centre]
patients <- data.frame(centre, volume, age,
  f_smooth = rnorm(n) + 0.8 * log(volume), f_tied = round(rnorm(n) + shift, 0), f_gaps = rnorm(n) + shift,
  f_tied_gaps = round(rnorm(n), 1),
  m_common = rbinom(n, 1, plogis(log(volume))), m_half = rbinom(n, 1, 0.5), m_gaps = rbinom(n, 1, 0.4),
  m_rare = as.integer(seq_len(n) %in% c(7, 19, 33, 48)), m_mostly = as.integer(!seq_len(n) %in% c(2, 11, 25, 40, 53)),
  e_smooth = rnorm(n) + 0.6 * log(volume), e_tied = round(rnorm(n) + shift, 0), e_gaps = rnorm(n))
patients$f_gaps[c(3, 17, 41)] <- NA
patients$f_tied_gaps[c(5, 6, 33)] <- NA
patients$m_gaps[seq(4, n, by = 9)] <- NA
patients$e_gaps[c(1, 17, 30)] <- NA
full(patients, "patients.csv")
named <- function(start) grep(paste0("^", start, "_"), names(patients), value = TRUE)

# ---- Mann-Whitney: asymptotic with both corrections; exact without ties (wilcox.test) and given ties (coin).
rows <- NULL
add <- function(...) rows <<- rbind(rows, data.frame(...))
for (f in named("f")) for (m in named("m")) {
  x <- patients[[f]][patients[[m]] %in% 1]; y <- patients[[f]][patients[[m]] %in% 0]
  x <- x[!is.na(x)]; y <- y[!is.na(y)]
  w <- wilcox.test(x, y, exact = FALSE, correct = TRUE)
  exact <- NA
  if (min(length(x), length(y)) < 8) {
    g <- factor(rep(1:0, c(length(x), length(y))), levels = 1:0)
    exact <- if (anyDuplicated(c(x, y))) as.numeric(pvalue(wilcox_test(c(x, y) ~ g, distribution = "exact")))
             else wilcox.test(x, y, exact = TRUE)$p.value
  }
  add(feature = f, gene = m, u = unname(w$statistic), asymptotic = w$p.value, exact = exact, n = length(x) + length(y),
      n_mutated = length(x))
}
full(rows, "mann_whitney.csv")

# ---- Exact p of every U for a few sizes without ties.
rows <- NULL
for (size in list(c(1, 5), c(2, 3), c(3, 9), c(4, 4), c(5, 40), c(7, 7), c(7, 193)))
  for (u in 0:(size[1] * size[2])) {
    tail <- min(pwilcox(u, size[1], size[2]), pwilcox(u - 1, size[1], size[2], lower.tail = FALSE))
    add(small = size[1], large = size[2], u = u, p = min(1, 2 * tail))
  }
full(rows, "exact.csv")

# ---- Spearman and partial Spearman: t of the second variable in a linear model of ranks, which is the partial one.
rows <- NULL
partial <- function(y, x, others, strata) {
  known <- complete.cases(x, y, patients[c("volume", "age", "centre")])
  data <- data.frame(y = y[known], x = x[known], patients[known, c("volume", "age", "centre")])
  data$volume <- rank(data$volume); data$age <- rank(data$age)
  formula <- paste("y ~ x", if (others) "+ volume + age", if (strata) "+ centre")
  fit <- summary(lm(as.formula(formula), data))
  t <- fit$coefficients["x", "t value"]
  dof <- fit$df[2]
  list(t = t, dof = dof, r = t / sqrt(dof + t^2), p = fit$coefficients["x", "Pr(>|t|)"], n = sum(known))
}
for (f in named("f")) for (g in c(named("e"), named("m"))) for (kind in c("none", "numbers", "strata", "both")) {
  if (g %in% c("m_rare", "m_mostly")) next
  if (kind == "none" && startsWith(g, "m")) next
  known <- complete.cases(patients[[f]], patients[[g]])
  x <- ifelse(known, patients[[f]], NA)
  x[known] <- rank(x[known])
  y <- ifelse(known, patients[[g]], NA)
  if (startsWith(g, "e")) y[known] <- rank(y[known])
  found <- partial(x, y, kind %in% c("numbers", "both"), kind %in% c("strata", "both"))
  add(feature = f, gene = g, adjusted = kind, r = found$r, t = found$t, dof = found$dof, p = found$p, n = found$n)
}
full(rows, "partial.csv")

# ---- How far van Elteren's test is from it: ranks within centres, each over its size + 1.
rows <- NULL
for (f in named("f")) for (m in c("m_common", "m_half", "m_gaps")) {
  data <- patients[complete.cases(patients[[f]], patients[[m]]), ]
  score <- ave(data[[f]], data$centre, FUN = function(v) rank(v) / (length(v) + 1))
  test <- independence_test(score ~ factor(data[[m]], levels = 1:0) | factor(data$centre), teststat = "scalar")
  add(feature = f, gene = m, z = as.numeric(statistic(test)), p = as.numeric(pvalue(test)))
}
full(rows, "van_elteren.csv")
