"""The models and random variables of the paper."""
