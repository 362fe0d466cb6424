"""From statements and a grid to results: plan, tasks, settling, runs, explanations."""
