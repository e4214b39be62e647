"""The data set: its file format, and where the files come from."""
