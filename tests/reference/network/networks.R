# The numbers of qgraph::EBICglasso that the networks are held against.
# Run in this folder: Rscript networks.R   (Debian: r-cran-qgraph, r-cran-jsonlite)
suppressMessages({library(qgraph); library(glasso); library(Matrix); library(jsonlite)})
set.seed(20210430)

# Chains and stars of tied features beside loose ones; every third feature is skewed, so that scales differ.
make <- function(p, n, copies) {
  tie <- diag(p)
  for (i in seq(2, p)) if (i %% 4 != 1) tie[i, i - 1] <- sample(c(-0.8, 0.7, 0.9), 1)
  x <- matrix(rnorm(n * p), n) %*% solve(t(tie))
  if (copies > 0) for (i in seq_len(copies)) x[, p + 1 - i] <- x[, i] + 0.05 * rnorm(n)
  skewed <- seq(3, p, by = 3)
  x[, skewed] <- exp(x[, skewed] / 2)
  x <- round(x, 2)
  colnames(x) <- sprintf("f%02d", seq_len(p))
  x
}

cases <- list(p20_n200 = c(20, 200, 0), p40_n77 = c(40, 77, 3), p50_n300 = c(50, 300, 4), p30_n25 = c(30, 25, 2))
answers <- list()
for (name in names(cases)) {
  size <- cases[[name]]
  x <- make(size[1], size[2], size[3])
  write.csv(x, paste0(name, ".csv"), row.names = FALSE)
  S <- as.matrix(nearPD(cor(x), corr = TRUE)$mat)
  for (gamma in c(0, 0.5)) for (threshold in c(FALSE, TRUE)) {
    # glasso's own default, thr = 1e-4, stops early: partial correlations are then good to about 1e-3.
    tight <- suppressWarnings(suppressMessages(EBICglasso(S, nrow(x), gamma = gamma, threshold = threshold,
                                                          returnAllResults = TRUE, thr = 1e-10, maxit = 1e6)))
    usual <- suppressWarnings(suppressMessages(EBICglasso(S, nrow(x), gamma = gamma, threshold = threshold)))
    upper <- which(upper.tri(tight$optnet) & tight$optnet != 0, arr.ind = TRUE)
    dimnames(upper) <- NULL
    answers[[length(answers) + 1]] <- list(
      case = unbox(name), n = unbox(nrow(x)), gamma = unbox(gamma), threshold = unbox(threshold),
      lambda = unbox(tight$lambda[which.min(tight$ebic)]),
      ebic = signif(tight$ebic, 12), lambdas = signif(tight$lambda, 12),
      i = upper[, 1] - 1, j = upper[, 2] - 1, partial = signif(tight$optnet[upper], 9),
      edges_usual = unbox(sum(abs(usual[upper.tri(usual)]) > 0.15))
    )
  }
}

# Higham's nearest correlation matrix for matrices that are not positive definite.
rank_poor <- cor(matrix(rnorm(8 * 12), 8))
patched <- matrix(c(1, 0.9, 0.1, 0.9, 1, 0.9, 0.1, 0.9, 1), 3)
rough <- round(cor(matrix(rnorm(30 * 6), 30)), 1); rough[1, 2] <- rough[2, 1] <- 0.95; rough[2, 3] <- rough[3, 2] <- -0.95
rough[1, 3] <- rough[3, 1] <- 0.9
nearest <- lapply(list(rank_poor, patched, rough), function(S)
  list(S = S, nearest = as.matrix(nearPD(S, corr = TRUE, base.matrix = TRUE)$mat)))

# Overlap of components: N features, M and s in the two components, x shared.
overlap <- data.frame(N = c(77, 103, 20, 10, 349), M = c(19, 30, 8, 10, 59), s = c(40, 25, 7, 4, 41),
                      x = c(16, 12, 3, 4, 20))
overlap$p <- with(overlap, phyper(x - 1, M, N - M, s, lower.tail = FALSE))

version <- function(package) as.character(packageVersion(package))
write_json(list(
  versions = list(R = unbox(R.version.string), qgraph = unbox(version("qgraph")), glasso = unbox(version("glasso")),
                  Matrix = unbox(version("Matrix"))),
  networks = answers, nearest = nearest, overlap = overlap), "networks.json", digits = 15, na = "null")
