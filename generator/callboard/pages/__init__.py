"""Stage three: routes, templates and Markdown; values in, bytes out."""
