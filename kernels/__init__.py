"""Arrays in, arrays out: exact gradients, margins, tangent kernels and samplers of two-layer random ReLU networks."""
