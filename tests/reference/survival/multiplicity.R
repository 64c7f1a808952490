# Reference numbers for core/stats/multiplicity.py, made with R 4.2.2. Run in this folder: Rscript multiplicity.R
# Families with ties, a missing p, the ends of the scale, and p-values too small for their multiples to matter.
families <- list(
  ties = c(0.01, 0.04, 0.01, 0.04, 0.5, 0.03),
  missing = c(0.2, NA, 0.004, 0.03, NA, 0.011),
  ends = c(0, 1, 0.3, 1, 0.7, 1e-12),
  alone = 0.03,
  tiny = c(1e-300, 3e-17, 2e-5, 0.049, 0.05)
)
rows <- do.call(rbind, lapply(names(families), function(name)
  data.frame(family = name, p = families[[name]], holm = p.adjust(families[[name]], "holm"),
    bh = p.adjust(families[[name]], "BH"))))
number <- vapply(rows, is.double, TRUE)
rows[number] <- lapply(rows[number], function(x) ifelse(is.na(x), "", sprintf("%.17g", x)))
writeLines(c(paste0("# ", R.version.string), paste(names(rows), collapse = ",")), "multiplicity.csv")
write.table(rows, "multiplicity.csv", append = TRUE, sep = ",", row.names = FALSE, col.names = FALSE, quote = FALSE)
