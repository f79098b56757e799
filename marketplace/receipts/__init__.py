"""Step 11, receipts: what a buyer took, signed by us at the moment it left.

Noun: a receipt, one per download, a `usage-receipt+jwt` in the log under a salted commitment. It
has no life: it is issued once, by a job that follows the end of a download, and never changed. Its
parties are the buyer and the provider; they and the auditor open it, strangers only check it.
"""
