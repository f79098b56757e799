"""Step 9, payments: money from the buyer to the provider, to the fen, by card or bank transfer.

Nouns: a payment (one attempt), a gateway call (written down before it is made), a gateway notice
(the inbox of webhooks), a transfer code, a bank receipt, a refund, a payout, an invoice, a
commission bill. Life of a payment: created → requires_action → processing → authorized → captured
→ refunded; declined, cancelled, expired, and unknown, which is never failed. A buyer pays, a
provider confirms money on its own account and uploads the invoice, a clerk imports statements and
prepares refunds and payouts, a checker approves them. Only a settled payment secures an order.
"""
