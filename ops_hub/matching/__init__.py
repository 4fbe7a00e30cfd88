"""matching/: people and a snapshot's index into candidate pairs, then into scored and explained hits."""
