"""Who is in which group, which group is below which, and who owns what."""
