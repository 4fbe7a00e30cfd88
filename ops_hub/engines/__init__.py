"""engines/: when and where screening runs; transport only, each calls the same `pipeline.screen`."""
