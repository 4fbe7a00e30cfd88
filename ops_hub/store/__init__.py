"""store/: the outside world; what is written is written whole or not at all."""
