# Reference numbers for core/radiogenomics/{ordinal,score_test,genotype_screen}.py and core/analyses/genotype_survival.py,
# made with R 4.2.2 (Debian 12), MASS, pROC and survival. Run in this folder: Rscript genotype.R
suppressMessages({ library(MASS); library(pROC); library(survival) })
writeLines(c(R.version.string, sapply(c("MASS", "pROC", "survival"), function(p) paste(p, packageVersion(p)))),
           "versions.txt")
full <- function(frame, file) {
  number <- vapply(frame, is.double, TRUE)
  frame[number] <- lapply(frame[number], function(x) ifelse(is.na(x), "", sprintf("%.17g", x)))
  write.csv(frame, file, row.names = FALSE, na = "", quote = FALSE)
}

# ---- Patients: a genotype of three levels, features with ties, gaps and a long tail, covariates, survival.
set.seed(2021)
n <- 120
alleles <- rbinom(n, 2, 0.22)
carrier <- as.integer(alleles > 0)
age <- round(rnorm(n, 66, 8))
sex <- sample(c("female", "male"), n, replace = TRUE)
patients <- data.frame(alleles, age, sex,
  f_moved = rnorm(n) + 0.7 * alleles, f_null = rnorm(n), f_tied = round(rnorm(n) - 0.4 * carrier, 0),
  f_tail = rlnorm(n) * exp(0.3 * carrier), f_gaps = rnorm(n) + 0.02 * age)
patients$f_gaps[seq(5, n, by = 11)] <- NA
log_hazard <- 0.5 * scale(patients$f_moved)[, 1] * (1 - 2 * carrier) + 0.02 * (age - 66)
time <- rexp(n, exp(log_hazard) / 30)
follow <- runif(n, 6, 72)
patients$time <- round(pmin(time, follow), 2)
patients$event <- as.integer(time <= follow)
full(patients, "patients.csv")
features <- grep("^f_", names(patients), value = TRUE)

# ---- Logistic and proportional-odds models per standard deviation, alone and adjusted; Rao's test of the ranks; ROC.
tight <- function(formula, data) glm(formula, binomial, data, control = glm.control(epsilon = 1e-14, maxit = 100))
ends <- function(beta, se) exp(beta + c(0, -1, 1) * qnorm(0.975) * se)
rows <- NULL
for (f in features) for (adjusted in c(FALSE, TRUE)) {
  d <- patients[!is.na(patients[[f]]), ]
  d$carrier <- as.integer(d$alleles > 0)
  d$x <- (d[[f]] - mean(d[[f]])) / sd(d[[f]])
  d$r <- rank(d[[f]])
  more <- if (adjusted) " + age + sex" else ""
  fit <- tight(as.formula(paste0("carrier ~ x", more)), d)
  null <- tight(as.formula(paste0("carrier ~ 1", more)), d)
  ranked <- tight(as.formula(paste0("carrier ~ r", more)), d)
  rao <- anova(null, ranked, test = "Rao")[2, "Rao"]
  s <- summary(fit)$coefficients["x", ]
  k <- 2 * adjusted
  share <- rao / nrow(d)
  t <- sqrt(share * (nrow(d) - k - 2) / (1 - share))
  polr_fit <- polr(as.formula(paste0("factor(alleles) ~ x", more)), d, Hess = TRUE,
                   control = list(reltol = 1e-15, maxit = 1000))
  po <- summary(polr_fit)$coefficients["x", ]
  a <- roc(d$carrier, d[[f]], levels = c(0, 1), direction = "<", quiet = TRUE)
  rows <- rbind(rows, data.frame(feature = f, adjusted = adjusted, n = nrow(d), n_carriers = sum(d$carrier),
    log_or = s[[1]], error = s[[2]], log_likelihood = as.numeric(logLik(fit)), chi_square = rao,
    p = 2 * pt(t, nrow(d) - k - 2, lower.tail = FALSE),
    po_log_or = po[[1]], po_error = po[[2]], po_log_likelihood = as.numeric(logLik(polr_fit)),
    spearman_p = if (adjusted) NA else cor.test(rank(d[[f]]), rank(d$alleles))$p.value,
    t_test_p = if (adjusted) NA else t.test(d$r[d$carrier == 1], d$r[d$carrier == 0], var.equal = TRUE)$p.value,
    auc = as.numeric(auc(a)), auc_variance = var(a)))
}
full(rows, "models.csv")

# ---- Survival: feature by carrier; halves at the median, four groups; Cox with interaction, adjusted for age.
patients$carrier <- factor(ifelse(patients$alleles > 0, "carriers", "non-carriers"), c("non-carriers", "carriers"))
half <- ifelse(patients$f_moved > median(patients$f_moved), "high", "low")
four <- survdiff(Surv(time, event) ~ half + carrier, patients)
patients$x <- (patients$f_moved - mean(patients$f_moved)) / sd(patients$f_moved)
control <- coxph.control(eps = 1e-14, iter.max = 100)
both <- coxph(Surv(time, event) ~ x + carrier + age, patients, control = control)
cross <- coxph(Surv(time, event) ~ x * carrier + age, patients, control = control)
b <- coef(cross); v <- vcov(cross); place <- c("x", "x:carriercarriers")
within <- ends(sum(b[place]), sqrt(sum(v[place, place])))
alone <- ends(b[["x"]], sqrt(v["x", "x"]))
full(data.frame(name = c("log_rank", "interaction_chi_square", "interaction_p", "hr_non_carriers", "hr_non_carriers_lower",
    "hr_non_carriers_upper", "hr_carriers", "hr_carriers_lower", "hr_carriers_upper", "n_events"),
  value = c(four$chisq, anova(both, cross)[2, "Chisq"], anova(both, cross)[2, "Pr(>|Chi|)"], alone, within,
    sum(patients$event))), "survival.csv")
