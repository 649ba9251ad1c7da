"""What is said of documents: records for pages, links, files for a Backstage."""
