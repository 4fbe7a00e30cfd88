"""engines/live/: messages that arrive all day: queue, workers, the office that opens cases, the keeper of what is retained."""
