# Distances on a small network, the silhouette, classical scaling and the adjusted Rand index, by R.
# Run in this folder: Rscript transport.R
library(igraph)
library(lpSolve)
library(cluster)
library(mclust)

set.seed(20210501)
m <- 9
n <- 14
edges <- rbind(c(0, 1), c(1, 2), c(2, 3), c(3, 4), c(4, 0), c(2, 5), c(5, 6), c(6, 7), c(5, 7), c(7, 8))
partial <- round(runif(nrow(edges), 0.15, 0.9) * sample(c(-1, 1), nrow(edges), TRUE), 3)
graph <- graph_from_edgelist(edges + 1, directed = FALSE)
hop <- distances(graph)
weighted <- distances(graph, weights = (1 / abs(partial)) / median(1 / abs(partial)))

mass <- matrix(rexp(n * m), n) * matrix(rbinom(n * m, 1, 0.8), n)
mass[1:7, 1:4] <- mass[1:7, 1:4] * 4
density <- mass / rowSums(mass)

w1 <- function(p, q, cost) {
  rows <- kronecker(diag(m), t(rep(1, m)))
  columns <- kronecker(t(rep(1, m)), diag(m))
  # The last margin follows from the others; left in, rounding makes the program infeasible.
  keep <- seq_len(2 * m - 1)
  answer <- lp("min", as.vector(t(cost)), rbind(rows, columns)[keep, ], rep("=", 2 * m - 1), c(p, q)[keep])
  stopifnot(answer$status == 0)
  answer$objval
}
pairwise <- function(cost) {
  out <- matrix(0, n, n)
  for (i in 2:n) for (j in 1:(i - 1)) out[i, j] <- out[j, i] <- w1(density[i, ], density[j, ], cost)
  out
}
hop_w1 <- pairwise(hop)
weighted_w1 <- pairwise(weighted)
two <- rep(c(1, 2), each = 7)
three <- rep(c(1, 2, 3), length.out = n)
alone <- c(1, rep(c(2, 3), length.out = n - 1))
width <- function(labels) silhouette(labels, dmatrix = hop_w1)[, "sil_width"]
scaled <- cmdscale(hop_w1, k = 2, eig = TRUE)

save_table <- function(x, name) write.table(format(x, digits = 15, trim = TRUE, scientific = FALSE), name, sep = ",",
                                            row.names = FALSE, col.names = FALSE, quote = FALSE)
save_table(cbind(edges, partial), "edges.csv")
save_table(weighted, "weighted_metric.csv")
save_table(density, "densities.csv")
save_table(hop_w1, "w1_hop.csv")
save_table(weighted_w1, "w1_weighted.csv")
save_table(cbind(two, three, alone, width(two), width(three), width(alone)), "silhouettes.csv")
save_table(cbind(scaled$points, c(scaled$eig[1:2], rep(0, n - 2))), "scaling.csv")
save_table(rbind(c(adjustedRandIndex(two, three), adjustedRandIndex(two, alone))), "adjusted_rand.csv")
writeLines(c(R.version.string, sapply(c("igraph", "lpSolve", "cluster", "mclust"),
                                      function(p) paste(p, packageVersion(p)))), "versions.txt")
