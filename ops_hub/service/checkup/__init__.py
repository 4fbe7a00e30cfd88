"""Whether an installation is as it should be: small checks, each of which says what it found and what to do."""
