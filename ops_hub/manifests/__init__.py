"""From messages to manifests: who is on board of each flight leg and vessel call, and what is not known of it."""
