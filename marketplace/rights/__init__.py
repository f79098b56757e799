"""Step 3: property rights in data, after the national registration guide (国数综政策〔2026〕35号).

Nouns: a claim (life: draft → submitted → reviewing → notice → cleared → registered), objections to
it, certificates, remarks on them; certificates of outside registrars; the registration and the
authorisation that public data needs. The platform is no registrar: on the `precheck` route its
operators check, issue a paper of their own and hand over; only people of an organisation of kind
`registrar` register. The provider files, anybody may object, the clocks are kept by the scheduler.
"""
