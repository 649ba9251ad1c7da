"""Scorecards: checks over entities and other plugins' data, with levels, owners, exemptions and campaigns."""
