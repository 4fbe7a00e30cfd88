"""Who uses the console: accounts, sign-in, and what concerns oneself."""
