"""What the paper prints, one file per theorem with its proof steps, in the paper's order."""
