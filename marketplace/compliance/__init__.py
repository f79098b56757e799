"""Step 4: compliance review. What is approved is one content with one declared use, by its digest.

Nouns: a review (life: open → first_done → second_done → approved, returned or refused; void when
the content changes), the sittings and verdicts of its reviewers, a take-down. The provider asks;
two reviewers of other organisations answer, the second without seeing the first; where they differ
a chief reviewer decides. Operators, chiefs and security officers stop a dataset at once; two people
lift the stop.
"""
