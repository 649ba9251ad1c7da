"""Documentation that lies beside the code: TechDocs of the catalog's entities, and folders that belong to none."""
