"""What the project's own scripts share: starting the services, checking, measuring, demonstrating."""
