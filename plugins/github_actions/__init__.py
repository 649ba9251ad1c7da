"""Workflow runs of GitHub Actions → the records of the view ci.builds."""
