"""The software catalog: descriptor files and running Backstages → entities of all kinds."""
