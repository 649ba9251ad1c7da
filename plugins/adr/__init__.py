"""Architecture decisions: what was decided, when, by whom, and what replaced it."""
