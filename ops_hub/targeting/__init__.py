"""targeting/: travellers, their history and their documents into flags by rules that analysts write."""
