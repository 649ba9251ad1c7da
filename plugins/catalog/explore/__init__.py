"""What the index page and the graph explorer show: facets, the first rows, and the files that their scripts read."""
