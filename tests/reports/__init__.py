"""Reports: their numbers are the rows', on the screen, on paper and in files."""
