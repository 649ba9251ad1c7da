"""Pages: Markdown files as pages."""
