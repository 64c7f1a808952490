# Where our numbers differ from R's on purpose or by the library: R's own, for docs/agreement.md.
# Run in this folder: Rscript differences.R   (Debian: r-cran-survival, r-cran-jsonlite)
suppressMessages({library(survival); library(jsonlite)})
lung$event <- lung$status - 1
lung$male <- lung$sex == 1
veteran$event <- veteran$status

# survfit's bands as it makes them when nothing is asked for (conf.type = "log").
fit <- survfit(Surv(time, event) ~ 1, lung)
bands <- list(conf_type = unbox(fit$conf.type), time = fit$time, lower = fit$lower, upper = fit$upper)

# cox.zph's test of proportional hazards against Kaplan-Meier time: the score test of survival 3, per term.
ph <- function(formula, data) {
  model <- do.call(coxph, list(formula, data = data, ties = "efron"))
  unbox(unname(cox.zph(model, transform = "km", global = FALSE)$table[1, "p"]))
}
lung$sdage <- lung$age / sd(lung$age)
veteran$sdkarno <- veteran$karno / sd(veteran$karno)
proportional <- list(
  lung_sex = ph(Surv(time, event) ~ I(!male), lung), lung_age_sd = ph(Surv(time, event) ~ sdage, lung),
  veteran_karno_sd = ph(Surv(time, event) ~ sdkarno, veteran)
)

# A 2 x 3 table with small expected counts: the exact test that we replace by simulation, and the asymptotic p we avoid.
counts <- rbind(c(8, 2, 1), c(2, 4, 3))
small <- list(counts = counts, fisher = unbox(fisher.test(counts)$p.value),
  asymptotic = unbox(suppressWarnings(chisq.test(counts, correct = FALSE))$p.value))
two <- rbind(c(9, 3), c(4, 11))
yates <- list(counts = two, chisq_default = unbox(chisq.test(two)$p.value), fisher = unbox(fisher.test(two)$p.value))

versions <- list(R = unbox(R.version.string), survival = unbox(as.character(packageVersion("survival"))))
write_json(list(versions = versions, bands = bands, proportional = proportional, small = small, yates = yates),
  "differences.json", digits = 15)
