# A number with a long tail (long_tailed.csv, simulated: a power of an exponential), on which lifelines 0.30.3 stops far
# below the maximum of the partial likelihood. Run in this folder: Rscript long_tailed.R > long_tailed_cox.csv
library(survival)
d <- read.csv("long_tailed.csv")
fit <- coxph(Surv(time, event) ~ value, d, ties = "efron", control = coxph.control(eps = 1e-13, iter.max = 100, toler.chol = 1e-14))
cat("#", R.version.string, "survival", as.character(packageVersion("survival")), "\n")
cat("coefficient,standard_error,p,log_likelihood,lr\n")
s <- summary(fit)
cat(sprintf("%.17g,%.17g,%.17g,%.17g,%.17g\n", coef(fit), s$coefficients[1, 3], s$coefficients[1, 5], fit$loglik[2], s$logtest[1]))
