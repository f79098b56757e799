"""Step 8, trading: from asking for data to a settled order.

Nouns: Request (asked → offered ⇄ countered → agreed, refused, withdrawn or expired) and its Rounds;
Contract (drafting → signing → awaiting_filing → performing → ended) and its Signatures; Order
(draft → awaiting_payment → secured → delivered → accepted → settled, with expired, cancelled,
disputed, refunded, part_refunded) and its Settlement, which is never changed.
Who acts: a buyer's people, a provider's people, an operator who decides disputes, and the scheduler.
"""
