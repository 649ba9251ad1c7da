"""Announcements: news, warnings and maintenance, for all readers of a portal or for those of some entities."""
