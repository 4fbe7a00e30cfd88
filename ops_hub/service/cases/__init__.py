"""One case: shown, acted on, and what stands around it."""
