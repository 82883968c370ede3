"""Reports, the day sheet, drawers and the day's close."""
