"""Linear separability decided exactly, with certificates that a third party rechecks."""
