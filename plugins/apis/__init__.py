"""All APIs of the catalog on one page."""
