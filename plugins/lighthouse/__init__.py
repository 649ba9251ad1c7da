"""Lighthouse: scores, trends and budgets of websites, from an audit service or from Lighthouse's own JSON files."""
