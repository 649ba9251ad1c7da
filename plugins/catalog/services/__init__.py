"""Services that entities are read from."""
