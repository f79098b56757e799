"""What people are told, in the application and by mail, when something happens that concerns them.

Nouns: Occasion (an event, who is told, which page it leads to), Notice (one telling of one person).
Life of a notice: waiting → sent | failed. Nobody acts: jobs follow events.
"""
