"""Networks and their charts, cut to who asks."""
