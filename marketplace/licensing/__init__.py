"""Step 6, licensing: the texts under which data is licensed, their typed terms, and their policies.

Nouns: Template (a folder of `contracts/`, known by its digest), terms (typed fields with help),
policy (ODRL: what is permitted, prohibited and owed), document (canonical JSON, text, PDF).
No life and no rows of its own: what two organisations agreed stands in a contract (`trading`).
Who acts: a provider fills in terms, a buyer reads them, the delivery gate asks `policy.allows`.
"""
