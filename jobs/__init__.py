"""One short function per job: each a call of one domain function; `work.run` is the transaction around it."""
