"""scenarios/: days of ordinary travel in which a few people do what officers look for, and others only seem to."""
