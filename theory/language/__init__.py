"""What is typed: parameters, random variables, events, heads, statements and ledgers."""
