"""From judged scorecards to what pages show."""
