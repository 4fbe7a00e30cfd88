"""operations/: a network, cases and manifests into what states do together: plans, targets, coverage, readiness, reports."""
