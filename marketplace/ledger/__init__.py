"""The two books everything ends in, both append-only.

The **book** is double entry: entries, postings, and balances only where a floor applies. The
**log** is an RFC 6962 Merkle tree over salted commitments to signed records: entries are appended
in the business transaction without a lock, a sealer numbers them and signs checkpoints. Nothing
here has a status; corrections are reversals, and the database refuses every change.
"""
