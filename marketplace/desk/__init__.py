"""Above the life: what waits for each role, the front page, operations, and the instance's health.

Nouns: waiting work, parked job, calendar day, health. Acts: operators retry parked jobs,
administrators keep the calendar of working days; everybody has a home page.
"""
