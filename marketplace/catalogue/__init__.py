"""Step 7, catalogue: what can be had, found and asked about.

Nouns: a product (what a provider shows of one dataset), its offers (terms and price; never changed
once made, only closed), questions. Life of a product: draft → listed ⇄ delisted. Listing is an act
of the platform with its own number and log entry: no property certificate and no compliance
opinion, both of which must exist before. The provider lists and delists, anybody reads, a member
of another organisation asks, the provider answers, an operator takes down.
"""
