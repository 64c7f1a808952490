# Reference numbers for core/survival/cox.py, made with R 4.2.2 and survival 3.5-3 (Debian 12).
# Run in this folder: Rscript cox_model.R
# Cox models of several covariates on survival::lung and survival::veteran, ties by Efron; each term's likelihood-ratio
# test by drop1 (which leaves out the terms that an interaction contains); Harrell's concordance by coxph; the test of
# proportional hazards of each term and of all by cox.zph, with the residuals of two models and the smooth that
# plot.cox.zph draws (natural spline with 4 columns) at 7 of its 40 points, with standard errors.
library(survival)
library(splines)
tight <- coxph.control(eps = 1e-13, iter.max = 50, toler.chol = 1e-14)
versions <- paste0("# ", R.version.string, ", survival ", packageVersion("survival"))
full <- function(frame, file) {
  number <- vapply(frame, is.double, TRUE)
  frame[number] <- lapply(frame[number], function(x) ifelse(is.na(x), "", sprintf("%.17g", x)))
  writeLines(versions, file)
  suppressWarnings(write.table(frame, file, sep = ",", row.names = FALSE, na = "", quote = FALSE, append = TRUE))
}
lung$event <- lung$status - 1
lung$sex <- factor(ifelse(lung$sex == 1, "male", "female"), levels = c("male", "female"))
lung$ecog <- factor(ifelse(is.na(lung$ph.ecog), NA, paste0("ecog", lung$ph.ecog)))
veteran$event <- veteran$status
veteran$trt <- factor(ifelse(veteran$trt == 1, "standard", "test"))
veteran$prior <- factor(ifelse(veteran$prior == 0, "no", "yes"))
veteran$celltype <- relevel(factor(as.character(veteran$celltype)), "squamous")
plain <- lung[is.na(lung$ecog) | lung$ecog != "ecog3", ]
plain$ecog <- droplevels(plain$ecog)

models <- list(
  lung_many = list(lung, ~ age + sex + ecog + wt.loss),
  lung_inst = list(lung, ~ age + sex + ph.karno + strata(inst), "inst"),
  lung_levels = list(plain, ~ age + sex * ecog),
  lung_numbers = list(lung, ~ sex + age * ph.karno),
  veteran_many = list(veteran, ~ trt + celltype + karno + diagtime + age + prior),
  veteran_strata = list(veteran, ~ trt + karno + age + strata(celltype), "celltype"),
  veteran_mixed = list(veteran, ~ trt + celltype * karno)
)
smoothed <- function(name, term, zph) {
  grid <- seq(min(zph$x), max(zph$x), length.out = 40)
  both <- ns(c(grid, zph$x), df = 4, intercept = TRUE)
  known <- !is.na(zph$y[, term]); place <- match(term, colnames(zph$y))
  fitted <- lm.fit(both[-(1:40), ][known, ], zph$y[known, term])
  error <- sqrt(zph$var[place, place] * rowSums((both[1:40, ] %*% chol2inv(qr.R(fitted$qr))) * both[1:40, ]))
  at <- c(1, 7, 13, 20, 27, 33, 40)
  data.frame(set = name, term = term, moment = grid[at], value = drop(both[at, ] %*% coef(fitted)), error = error[at])
}
coefficients <- terms <- whole <- residuals <- smooth <- columns <- NULL
for (name in names(models)) {
  frame <- models[[name]][[1]]
  formula <- update(models[[name]][[2]], Surv(time, event) ~ .)
  data <- frame[complete.cases(frame[all.vars(formula)]), ]
  fit <- coxph(formula, data, ties = "efron", control = tight)
  table <- summary(fit)$coefficients
  coefficients <- rbind(coefficients, data.frame(set = name, name = rownames(table), coefficient = table[, 1],
    standard_error = table[, 3], p = table[, 5]))
  free <- grep("strata(", attr(terms(fit), "term.labels"), fixed = TRUE, invert = TRUE, value = TRUE)
  dropped <- drop1(fit, scope = intersect(drop.scope(fit), free), test = "Chisq")
  zph <- cox.zph(fit)
  by_column <- cox.zph(fit, terms = FALSE)$table
  columns <- rbind(columns, data.frame(set = name, name = rownames(by_column), ph_statistic = by_column[, 1],
    ph_p = by_column[, 3]))
  for (term in free) {
    tested <- term %in% rownames(dropped)
    terms <- rbind(terms, data.frame(set = name, term = term, dof = length(fit$assign[[term]]),
      lr_statistic = if (tested) dropped[term, "LRT"] else NA_real_,
      lr_p = if (tested) dropped[term, "Pr(>Chi)"] else NA_real_, ph_statistic = zph$table[term, 1],
      ph_p = zph$table[term, 3]))
    if (name %in% c("lung_inst", "veteran_mixed"))
      residuals <- rbind(residuals, data.frame(set = name, term = term, time = zph$time, moment = zph$x,
        residual = zph$y[, term]))
    smooth <- rbind(smooth, smoothed(name, term, zph))
  }
  whole <- rbind(whole, data.frame(set = name, n = fit$n, n_events = fit$nevent, log_likelihood = fit$loglik[2],
    lr_p = summary(fit)$logtest[["pvalue"]], ph_statistic = zph$table["GLOBAL", 1], ph_p = zph$table["GLOBAL", 3],
    concordance = fit$concordance[["concordance"]]))
}
full(coefficients, "cox_model_coefficients.csv"); full(terms, "cox_model_terms.csv"); full(whole, "cox_model.csv")
full(residuals, "cox_model_residuals.csv"); full(smooth, "cox_model_smooth.csv"); full(columns, "cox_model_columns.csv")
