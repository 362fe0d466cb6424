"""``python -m whp.checks`` is the command ``whp``."""

from .cli.main import main

main()
