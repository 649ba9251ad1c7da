"""The search index: static files that a browser, or ``serve`` and ``proxy``, read a few kilobytes of for each query."""
