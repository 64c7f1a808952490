# Reference numbers for core/radiogenomics/invariance.py and invariance_screening.py. Run in this folder:
#   Rscript invariance.R    (R 4.2.2; glmnet 4.1-6 of Debian 12 for the screen alone)
# The package InvariantCausalPrediction is not in Debian, and none of its code is used: the definition is written out
# here anew, with glm and t.test, for every subset of the columns (the empty one too):
#   logistic regression over all, at most 10 steps; residual = y - fitted probability; in each environment Welch's t-test
#   against all others; p = min(1, (K - 1) * smallest); accepted when p > 0.05. The p of a variable is the largest p of
#   the sets without it. Intervals: coefficient +- z(1 - alpha / 4) * error over accepted sets, 0 for sets without it.
# The screen: along glmnet's path, by number of non-zero columns, collected; the last collection of at most 8.
suppressMessages(library(glmnet))
full <- function(frame, file) {
  number <- vapply(frame, is.double, TRUE)
  frame[number] <- lapply(frame[number], function(x) ifelse(is.na(x), "", sprintf("%.17g", x)))
  write.csv(frame, file, row.names = FALSE, na = "", quote = FALSE)
}
writeLines(c(R.version.string, paste("glmnet", packageVersion("glmnet"))), "versions.txt")
alpha <- 0.05

# ------------------------------------------------------------------------------------------------------------- data
set.seed(11)
make <- function(case, sizes, shift, effect = 1.5, direct = 0) {
  environment <- rep(letters[seq_along(sizes)], sizes)
  moved <- shift[match(environment, letters)]
  n <- length(moved)
  x1 <- rnorm(n) + moved
  x2 <- rnorm(n) * (1 + abs(moved)) * 30
  y <- rbinom(n, 1, plogis(1.4 * x1 - 0.03 * x2 + direct * moved))
  x3 <- y + rnorm(n) + effect * moved       # an effect of y that the environment moves too
  x4 <- rexp(n)
  data.frame(case, environment, y, x1 = signif(x1, 6), x2 = signif(x2, 6), x3 = signif(x3, 6), x4 = signif(x4, 6))
}
three <- make("three", c(60, 85, 63), c(0, 1.5, -1), effect = -1)
two <- make("two", c(70, 45), c(-0.8, 0.9))
apart <- make("apart", c(30, 25, 12), c(0, 0.5, -0.5))
hidden <- make("hidden", c(60, 60, 40, 50), c(1, -1, 0, 0.5), direct = -3.5)  # the environment acts on y itself
apart$x4 <- signif(ifelse(apart$y == 1, 1, -1) * (0.2 + apart$x4), 6)   # tells the classes apart without error
data <- rbind(three, two, hidden, apart)
full(data, "data.csv")

# ------------------------------------------------------------------------------------------------------- every subset
sets <- variables <- NULL
columns <- paste0("x", 1:4)
for (case in unique(data$case)) {
  part <- data[data$case == case, ]
  environments <- sort(unique(part$environment))
  found <- NULL
  lower <- upper <- setNames(rep(NA_real_, 4), columns)
  for (code in 0:15) {
    chosen <- columns[bitwAnd(code, c(1, 2, 4, 8)) > 0]
    formula <- reformulate(if (length(chosen)) chosen else "1", "y")
    fit <- suppressWarnings(glm(formula, binomial, part, control = glm.control(epsilon = 1e-12, maxit = 10)))
    residual <- part$y - fitted(fit)
    each <- vapply(environments, function(e) {
      inside <- part$environment == e
      t.test(residual[inside], residual[!inside], var.equal = FALSE)$p.value
    }, 0)
    p <- min(1, (length(environments) - 1) * min(each))
    table <- coef(summary(fit))
    row <- data.frame(case, set = paste(chosen, collapse = "+"), p, environment = environments[which.min(each)],
      p_environment = min(each), converged = fit$converged)
    for (x in columns) {
      row[[paste0("coefficient_", x)]] <- if (x %in% chosen) table[x, 1] else NA_real_
      row[[paste0("error_", x)]] <- if (x %in% chosen) table[x, 2] else NA_real_
      if (p > alpha) {
        ends <- if (x %in% chosen) table[x, 1] + c(-1, 1) * qnorm(1 - alpha / 4) * table[x, 2] else c(0, 0)
        lower[x] <- min(lower[x], ends[1], na.rm = TRUE)
        upper[x] <- max(upper[x], ends[2], na.rm = TRUE)
      }
    }
    found <- rbind(found, row)
  }
  sets <- rbind(sets, found)
  held <- function(x) grepl(x, found$set)
  accepted <- found$p > alpha
  variables <- rbind(variables, data.frame(case, variable = columns,
    p = vapply(columns, function(x) max(found$p[!held(x)]), 0), lower = unname(lower), upper = unname(upper),
    union = vapply(columns, function(x) any(held(x) & accepted), TRUE),
    intersection = vapply(columns, function(x) any(accepted) && all(held(x)[accepted]), TRUE)))
}
full(sets, "sets.csv"); full(variables, "variables.csv")

# --------------------------------------------------------------------------------------------------------- the screen
n <- 70; p <- 90
latent <- matrix(rnorm(n * 12), n)
wide <- latent[, rep(1:12, length.out = p)] * 0.6 + matrix(rnorm(n * p), n)
class <- rbinom(n, 1, plogis(1.2 * latent[, 1] - latent[, 2] + 0.7 * latent[, 3]))
wide <- signif(wide %*% diag(exp(runif(p, -3, 3))), 4)
colnames(wide) <- paste0("v", 1:p)
full(data.frame(y = class, wide), "wide.csv")
path <- glmnet(wide, factor(class), family = "binomial", thresh = 1e-13, maxit = 1e6)
at <- as.matrix(path$beta) != 0
collected <- kept <- integer(0)
for (size in 1:max(path$df)) {
  collected <- union(collected, which(apply(at[, path$df == size, drop = FALSE], 1, any)))
  if (length(collected) > 8) break
  kept <- collected
}
full(data.frame(step = 1:40, non_zero = path$df[1:40]), "path.csv")
full(data.frame(column = sort(kept)), "screen.csv")
