"""The tensor operations: a table of what they are, and a module for each way to compute them."""
