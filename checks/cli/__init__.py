"""The command ``whp``."""
