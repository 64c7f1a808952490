# Hazard ratio of treatment within cell types of the veteran trial: Rscript stratified_hazard.R > stratified_hazard.csv
library(survival)
v <- read.csv("veteran.csv")
fit <- summary(coxph(Surv(time, status) ~ factor(trt) + strata(celltype), v, ties = "efron",
                     control = coxph.control(eps = 1e-13, iter.max = 50, toler.chol = 1e-14)))
cat("# R", as.character(getRversion()), "survival", as.character(packageVersion("survival")), "\n")
cat("ratio,lower,upper,p\n")
cat(sprintf("%.17g,%.17g,%.17g,%.17g\n", fit$conf.int[1, 1], fit$conf.int[1, 3], fit$conf.int[1, 4], fit$coefficients[1, 5]))
