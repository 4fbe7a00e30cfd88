"""engines/cluster/: the batch engine on many machines: feeds cut into partitions, each screened by the same code."""
