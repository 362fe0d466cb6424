"""Commands of zhang2023: the exact law, certified radii, the experiments."""
