"""What the tests compare with: the truth by other means than the code under test."""
