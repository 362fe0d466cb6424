"""Studies beyond single statements: failure of trained networks, the logistic flow, trained networks."""
