"""A folder of documents → its pages and their order, as MkDocs reads it."""
