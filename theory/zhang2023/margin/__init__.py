"""The exact law of the margin at initialisation, its rates, its bounds and the sizes they ask for."""
