"""Contact rules as data: what a rule pack holds, and whether a contact is allowed."""
