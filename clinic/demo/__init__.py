"""The demo clinic: everything on one machine, with invented people and the other sides played by ourselves."""
