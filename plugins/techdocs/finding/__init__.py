"""Which documentation there is, and where its files are."""
