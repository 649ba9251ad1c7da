"""From entities and data to states, levels and scores."""
