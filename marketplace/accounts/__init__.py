"""Step 1: the organisations and people who act here, what they may do, and the keys they sign with.

Nouns: Organisation, Person, Membership, Invitation, Document, SigningKey, ApiToken, ClaimCase.
Life of an organisation: registered → verified | returned → registered; verified ⇄ suspended;
verified or suspended → returned when a claim case shows that the code is another's.
Life of a claim case (two organisations claim one credit code): open → upheld | dismissed.
Who acts: anybody registers; an operator of the platform verifies, never its own organisation;
managers invite members; the administrator gives staff roles.
"""
