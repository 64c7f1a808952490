# The whole penalty path of R's glasso, scored by qgraph, on nine correlation matrices that are stored beside it.
# Run in this folder: Rscript paths.R [case ...]   (Debian: r-cran-qgraph, r-cran-jsonlite; some minutes per large case)
suppressMessages({library(qgraph); library(glasso); library(Matrix); library(jsonlite)})

# Chains of tied features, blocks with a common factor, loose features, and one collinear feature in ten (r near .98).
make <- function(p, n) {
  set.seed(20210430 + 1000 * p + n)
  tie <- diag(p)
  chained <- seq_len(p %/% 2)
  for (i in chained[-1]) if (i %% 5 != 1) tie[i, i - 1] <- sample(c(-0.8, 0.6, 0.9), 1)
  x <- matrix(rnorm(n * p), n) %*% solve(t(tie))
  for (first in seq(p %/% 2 + 1, p - p %/% 5, by = 8)) {
    block <- first:min(first + 7, p)
    x[, block] <- x[, block] + rnorm(n) %o% runif(length(block), 0.5, 1.5)
  }
  for (i in seq_len(p %/% 10)) x[, p + 1 - i] <- x[, 3 * i] + 0.2 * sd(x[, 3 * i]) * rnorm(n)
  x
}

# Solved far below the default thr = 1e-4, which leaves partial correlations good to about 1e-3.
thr <- 1e-9
gammas <- c(0, 0.25, 0.5)
partial_of <- function(K) { partial <- -cov2cor(K); diag(partial) <- 0; partial }

answer <- function(p, n) {
  name <- sprintf("p%d_n%d", p, n)
  x <- make(p, n)
  C <- round(cor(x), 10)
  out <- gzfile(sprintf("paths_%s.csv.gz", name), "w", compression = 9)
  writeLines(sprintf("%.0f", C[upper.tri(C)] * 1e10), out)   # column by column, in units of 1e-10
  close(out)
  # With n <= p the stored matrix is singular: R repairs it by its own Matrix::nearPD, the program by its own way.
  S <- if (n <= p) as.matrix(nearPD(C, corr = TRUE, base.matrix = TRUE)$mat) else C
  largest <- max(abs(S - diag(p)))
  ratio <- if (p > 100) 0.05 else 0.01
  lambda <- exp(seq(log(ratio * largest), log(largest), length = 100))
  begun <- proc.time()[["elapsed"]]
  path <- glassopath(S, lambda, thr = thr, maxit = 1e6, penalize.diagonal = FALSE, trace = 0)
  taken <- proc.time()[["elapsed"]] - begun
  # As qgraph::EBICglasso 1.9 scores its path; where its det(K) leaves the range of numbers, by the logarithm instead.
  beyond <- 0
  score <- function(K, gamma) {
    own <- qgraph:::EBIC(S, K, n, gamma)
    if (is.finite(own)) return(own)
    beyond <<- beyond + 1
    edges <- sum(K[lower.tri(K)] != 0)
    -n * (as.numeric(determinant(K)$modulus) - sum(K * S)) + edges * log(n) + 4 * edges * gamma * log(p)
  }
  ebic <- sapply(gammas, function(gamma) sapply(seq_along(lambda), function(k) score(path$wi[, , k], gamma)))
  winners <- apply(ebic, 2, which.min)
  chosen <- sort(unique(c(winners, 5, 30, 85, 60, 45))[1:6])
  upper <- upper.tri(S)
  penalties <- lapply(chosen, function(k) {
    K <- path$wi[, , k]
    edge <- (K != 0 | t(K) != 0)[upper]
    partial <- partial_of((K + t(K)) / 2)[upper]
    # An edge whose partial correlation is this small, or that R has in one direction only, is on the margin of R's
    # own precision: it is listed, and nothing else may differ.
    margin <- edge & (abs(partial) < 1e-6 | xor(K != 0, t(K) != 0)[upper])
    list(index = unbox(k - 1), lambda = unbox(signif(lambda[k], 12)), edges = unbox(sum(edge)),
         gaps = diff(c(0, which(edge))), margin = which(margin),
         smallest = unbox(signif(min(c(Inf, abs(partial[edge & !margin]))), 3)),
         strength = unbox(signif(sum(abs(partial)), 10)),
         nearest_box = unbox(signif(min(c(Inf, lambda[k] - abs(path$w[, , k] - S)[upper][!edge])), 3)))
  })
  told <- function(field, of) toString(sapply(penalties, function(one) of(one[[field]])))
  message(sprintf("%s: %.1f s, by logarithm %d, winners %s, edges %s, on the margin %s, jerr %s", name, taken, beyond,
                  toString(winners), told("edges", identity), told("margin", length), toString(unique(path$errflag))))
  list(case = unbox(name), p = unbox(p), n = unbox(n), thr = unbox(thr), ratio = unbox(ratio),
       lambda_largest = unbox(signif(largest, 12)), gammas = gammas,
       ebic = lapply(seq_along(gammas), function(g) signif(ebic[, g], 12)),
       winners = winners - 1, by_logarithm = unbox(beyond), penalties = penalties)
}

version <- function(package) as.character(packageVersion(package))
versions <- list(R = unbox(R.version.string), qgraph = unbox(version("qgraph")), glasso = unbox(version("glasso")),
                 Matrix = unbox(version("Matrix")))
asked <- commandArgs(trailingOnly = TRUE)
for (p in c(50, 100, 300)) for (n in c(77, 300, 500)) {
  if (length(asked) && !(sprintf("p%d_n%d", p, n) %in% asked)) next
  out <- gzfile(sprintf("paths_p%d_n%d.json.gz", p, n), "w", compression = 9)
  writeLines(toJSON(c(list(versions = versions), answer(p, n)), digits = 15, na = "null"), out)
  close(out)
}
