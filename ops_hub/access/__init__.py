"""Who asks: accounts, passwords, roles."""
