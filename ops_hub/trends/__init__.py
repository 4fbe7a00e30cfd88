"""Trends over screened history: counts by period that identify nobody, and where they changed."""
