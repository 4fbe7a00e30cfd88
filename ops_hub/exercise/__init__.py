"""exercise/: feeds and lists with known truth, and how well a run found it."""
