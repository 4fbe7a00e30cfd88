"""One module a screen: its routes, each a function of what is asked."""
