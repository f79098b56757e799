"""Step 5, valuation: what a dataset may cost, and why.

Nouns: a cost statement (what the data cost its provider, line by line), a price cap (the most that
public data under authorised operation may cost), a price observation (one closed trade, pushed
down from above, without who bought). A statement is never changed: the newest one counts.
The provider states costs and weighs its price; an operator sets caps for the authorising body.
Everything shown here is a price reference (价格参考), never an appraisal.
"""
