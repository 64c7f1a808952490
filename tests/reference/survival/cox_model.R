# Reference numbers for core/survival/cox.py, made with R 4.2.2 and survival 3.5-3 (Debian 12).
# Run in this folder: Rscript cox_model.R
# Cox models of several covariates on survival::lung and survival::veteran, ties by Efron; each term's likelihood-ratio
# test by drop1 (which leaves out the terms that an interaction contains); Harrell's concordance by coxph. The test of
# proportional hazards of each term is the one of survival before 3.0, by hand from scaled Schoenfeld residuals
# (Grambsch and Therneau 1994, doi:10.1093/biomet/81.3.515).
library(survival)
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
coefficients <- terms <- whole <- NULL
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
  residual <- residuals(fit, "schoenfeld")
  if (!is.matrix(residual)) residual <- matrix(residual, ncol = 1)
  scaled <- residual %*% fit$var * fit$nevent
  # Deaths in the order of the residuals: by stratum, then time.
  by <- if (length(models[[name]]) > 2) data[[models[[name]][[3]]]] else rep(1, nrow(data))
  death <- data[order(by, data$time), ]
  km <- survfit(Surv(time, event) ~ 1, data)
  moment <- km$surv[match(death$time[death$event == 1], km$time)]
  u <- colSums((moment - mean(moment)) * scaled)
  for (term in free) {
    of <- fit$assign[[term]]
    chi <- drop(u[of] %*% solve(fit$var[of, of, drop = FALSE], u[of])) / (fit$nevent * sum((moment - mean(moment))^2))
    tested <- term %in% rownames(dropped)
    terms <- rbind(terms, data.frame(set = name, term = term, dof = length(of),
      lr_statistic = if (tested) dropped[term, "LRT"] else NA_real_,
      lr_p = if (tested) dropped[term, "Pr(>Chi)"] else NA_real_, ph_p = pchisq(chi, length(of), lower.tail = FALSE)))
  }
  whole <- rbind(whole, data.frame(set = name, n = fit$n, n_events = fit$nevent, log_likelihood = fit$loglik[2],
    lr_p = summary(fit)$logtest[["pvalue"]], concordance = fit$concordance[["concordance"]]))
}
full(coefficients, "cox_model_coefficients.csv"); full(terms, "cox_model_terms.csv"); full(whole, "cox_model.csv")
