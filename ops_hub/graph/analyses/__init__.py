"""graph/analyses/: questions to a network, each answered in words, as a table and as a part of the network."""
