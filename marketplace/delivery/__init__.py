"""Step 10, delivery: controlled access to what was paid for.

Nouns: a grant (what one order allows), a download session (one counted download, resumable), a
download (one transfer that ended). Life of a grant: live ⇄ suspended → ended. A job makes the grant
when the order is secured; the buyer downloads; `gate.decide` reads every condition below at each
request and about once a second while bytes stream, so no message needs to arrive for a door to shut.
"""
