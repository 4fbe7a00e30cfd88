"""normalise/: travellers or list entries into comparable people; the same functions for both sides."""
