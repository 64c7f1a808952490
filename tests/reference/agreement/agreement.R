# Lin's concordance (epiR), Spearman (stats) and ICC(A,1) (psych) that agreement is held against.
# Run in this folder: Rscript agreement.R   (Debian: r-cran-epir, r-cran-psych, r-cran-jsonlite)
suppressMessages({library(epiR); library(psych); library(jsonlite)})
set.seed(1989)

# Bland and Altman 1986 (Lancet 327:307), table 1: peak expiratory flow, first reading of either meter; the
# documentation of epiR::epi.ccc works this example.
wright <- c(494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427)
mini <- c(512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451)
base <- round(rnorm(17), 3)
pairs <- list(
  peak_flow = list(wright, mini),
  shifted = list(base, round(base + 1 + 0.3 * rnorm(17), 3)),
  opposed = list(base, round(-base + 0.5 * rnorm(17), 3)),
  unrelated = list(base, round(rnorm(17), 3)),
  scaled = list(base * 1e9, round(base * 2 + 0.2 * rnorm(17), 3) * 1e9),
  tied = list(round(base), round(base + 0.4 * rnorm(17)))
)
rows <- lapply(names(pairs), function(name) {
  x <- pairs[[name]][[1]]; y <- pairs[[name]][[2]]
  ccc <- epi.ccc(x, y, ci = "z-transform")$rho.c
  rho <- suppressWarnings(cor.test(rank(x), rank(y)))
  # psych's default mixed model is fitted by iteration; the analysis of variance is exact.
  icc <- ICC(cbind(x, y) / sd(c(x, y)), lmer = FALSE)$results[2, ]
  list(feature = unbox(name), first = x, second = y,
       ccc = unbox(ccc$est), ccc_low = unbox(ccc$lower), ccc_high = unbox(ccc$upper),
       spearman = unbox(unname(rho$estimate)), spearman_p = unbox(rho$p.value),
       icc = unbox(icc$ICC), icc_low = unbox(icc[["lower bound"]]), icc_high = unbox(icc[["upper bound"]]))
})
p <- c(0.01, 0.02, 0.03, 0.04, 0.05, 0.5, NA, 0.001, 0.04, 1)
version <- function(package) as.character(packageVersion(package))
write_json(list(
  versions = list(R = unbox(R.version.string), epiR = unbox(version("epiR")), psych = unbox(version("psych"))),
  features = rows, p = p, bh = p.adjust(p, "BH")), "agreement.json", digits = 15, na = "null")
