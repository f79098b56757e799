"""What every step of a dataset's life stands on: clock, ids, money, errors, access, lives,
events, queue, database, canonical bytes, signing and storage. Knows nothing of HTTP."""
