# Groups of the same 14 patients by Ward's and average linkage on their W1 distances, cut at 2 to 5 groups, by R.
# Run in this folder, after transport.R: Rscript hierarchy.R
w1 <- as.dist(as.matrix(read.csv("w1_hop.csv", header = FALSE)))
cut <- function(method) cutree(hclust(w1, method), k = 2:5)
write.table(cbind(cut("ward.D2"), cut("average")), "hierarchy.csv", sep = ",", row.names = FALSE, col.names = FALSE)
cat(R.version.string, "\n")
