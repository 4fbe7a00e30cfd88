"""screening/: the steps of `pipeline`, which is the only one to call them: lists made ready, pairs, hits."""
