"""Random small statements with known truth, and what the checks say of them."""
