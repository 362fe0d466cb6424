"""Our exact laws, sharp bounds and repaired theorems (S1-S21)."""
