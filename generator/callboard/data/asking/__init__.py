"""What a mount asks of services, databases and commands: each asked once in a build, and kept with its age."""
